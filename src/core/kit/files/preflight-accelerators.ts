/** What a preflight asks of a machine's accelerators: count, name, memory, use, driver, links. */
import { MIB } from "../../units/quantity.ts";
import { gib } from "../engines/arguments.ts";
import { assign, blank, block, checked, code, printWords, type ScriptLine } from "../render/shell.ts";
import type { Parts } from "./draft.ts";

/** CUDA 12.9, which the engines' images carry, wants this driver. Assumed: a warning, not a failure. */
const DRIVER = 575;
/** Of an accelerator that nothing runs on: what the driver itself takes stays below. Assumed. */
const IDLE_MIB = 1024;

/** As want_count, want_name and want_mib of the script say. */
export interface WantedAccelerators {
  readonly count: number;
  readonly name: string;
  readonly mib: number;
}

export function acceleratorChecks({ ir }: Parts): ScriptLine[] {
  const { accelerator, placement } = ir;
  if (!accelerator || placement.acceleratorsPerNode === 0) return [];
  const ranks = ir.estimate.memory?.ranks.filter((rank) => rank.kind === "accelerator") ?? [];
  const needed = Math.ceil(Math.max(0, ...ranks.map((rank) => rank.total)) / MIB);
  const wanted = { count: placement.acceleratorsPerNode, name: accelerator.shortName, mib: needed };
  const head = [
    assign("want_count", String(wanted.count)),
    assign("want_name", wanted.name),
    {
      text: printWords([`want_mib=${needed}`]).replaceAll("'", ""),
      because: `the fullest rank takes ${gib(needed * MIB)}`,
    },
  ];
  const vendor = accelerator.vendor.toLowerCase();
  if (vendor === "amd") return [...head, ...amdChecks(wanted), blank];
  if (vendor === "nvidia")
    return [
      ...head,
      ...nvidiaChecks(wanted, {
        driver: true,
        linked: ir.accelerator?.scaleUp !== undefined && ir.plan.layout.tp > 1,
      }),
      blank,
    ];
  return [
    ...checked(
      byHand(wanted),
      block(`
        warn 'accelerators of this maker cannot be asked by this script: check count, name and memory yourself'
      `),
    ),
    blank,
  ];
}

const present = ({ count, name }: WantedAccelerators): string => `${count} × ${name}`;
const roomy = ({ mib }: WantedAccelerators): string => `${gib(mib * MIB)} of memory on each`;
/** What no program of this maker's tells a script. */
export const byHand = (wanted: WantedAccelerators) =>
  ({ what: `${present(wanted)}, ${roomy(wanted)}`, by: "yourself", warns: true }) as const;

const indented = (by: string, lines: readonly ScriptLine[]): ScriptLine[] =>
  lines.map((line) => ({ ...line, text: `${by}${line.text}` }));

/** Every accelerator by name, memory and use; `driver`: and the driver; `linked`: and that all pairs have NVLink. */
export function nvidiaChecks(
  wanted: WantedAccelerators,
  { driver, linked }: { driver: boolean; linked: boolean },
): ScriptLine[] {
  const fields = driver ? "name total used driver" : "name total used";
  const query = `name,memory.total,memory.used${driver ? ",driver_version" : ""}`;
  const by = "nvidia-smi";
  const count = { what: present(wanted), by };
  return [
    ...block(`
      if command -v nvidia-smi > /dev/null; then
        count=0
        while IFS=, read -r ${fields}; do
          count=$((count + 1))
          total=\${total//[!0-9]/}
          used=\${used//[!0-9]/}
    `),
    ...(driver ? [code("    version=${driver// /}")] : []),
    ...indented("    ", [
      ...checked(count, [
        code(
          'case "${name}" in *"${want_name}"*) ;; *) miss "accelerator ${count} is ${name}, the plan has ${want_name}" ;; esac',
        ),
      ]),
      ...checked({ what: roomy(wanted), by }, [
        code(
          'if [ "${total}" -lt "${want_mib}" ]; then miss "accelerator ${count} has ${total} MiB, the plan takes ${want_mib}"; fi',
        ),
      ]),
      ...checked({ what: `Nothing else on them: at most ${IDLE_MIB} MiB in use`, by }, [
        code(
          `if [ "\${used}" -gt ${IDLE_MIB} ]; then miss "accelerator \${count} is in use: \${used} MiB"; fi`,
        ),
      ]),
    ]),
    ...indented("  ", [
      code(`done < <(nvidia-smi --query-gpu=${query} --format=csv,noheader,nounits)`),
      ...checked(count, [code(`at_least "\${count}" "\${want_count}" 'accelerators'`)]),
      ...(driver ? driverLines() : []),
      ...(linked ? linkLines(wanted) : []),
    ]),
    code("else"),
    ...checked(count, [code("  miss 'nvidia-smi not found'")]),
    code("fi"),
  ];
}

const driverLines = (): ScriptLine[] =>
  checked(
    { what: `Driver ${DRIVER} or newer`, by: "nvidia-smi", warns: true },
    block(`
      version=\${version:-0}
      major=\${version%%.*}
      if [ "\${major}" -ge ${DRIVER} ]; then pass "driver \${version}"; else warn "driver \${version}: the images' CUDA 12.9 wants ${DRIVER} or newer"; fi
    `),
  );

const linkLines = ({ count }: WantedAccelerators): ScriptLine[] =>
  checked(
    { what: `NVLink between all ${(count * (count - 1)) / 2} pairs`, by: "nvidia-smi topo" },
    block(`
      links=0
      while read -r row; do
        case "\${row}" in GPU[0-9]*) for cell in \${row}; do case "\${cell}" in NV[0-9]*) links=$((links + 1)) ;; esac; done ;; esac
      done < <(nvidia-smi topo -m)
      at_least "$((links / 2))" "$((want_count * (want_count - 1) / 2))" 'pairs of accelerators linked by NVLink'
    `),
  );

function amdChecks(wanted: WantedAccelerators): ScriptLine[] {
  const by = "rocm-smi";
  const count = { what: present(wanted), by };
  return [
    ...block(`
      if command -v rocm-smi > /dev/null; then
        count=0
        while IFS=, read -r card total used; do
          case "\${card}" in card[0-9]*) ;; *) continue ;; esac
          count=$((count + 1))
    `),
    ...checked({ what: roomy(wanted), by }, [
      code(
        '    if [ "$((${total//[!0-9]/} / 1048576))" -lt "${want_mib}" ]; then miss "${card} has less than ${want_mib} MiB"; fi',
      ),
    ]),
    ...checked({ what: `Nothing else on them: at most ${IDLE_MIB} MiB in use`, by }, [
      code(
        `    if [ "$((\${used//[!0-9]/} / 1048576))" -gt ${IDLE_MIB} ]; then miss "\${card} is in use"; fi`,
      ),
    ]),
    code("  done < <(rocm-smi --showmeminfo vram --csv)"),
    ...checked(
      count,
      indented(
        "  ",
        block(`
      at_least "\${count}" "\${want_count}" 'accelerators'
      case "$(rocm-smi --showproductname)" in
        *"\${want_name}"*) pass "accelerators are \${want_name}" ;;
        *) miss "rocm-smi does not name \${want_name}" ;;
      esac
    `),
      ),
    ),
    code("else"),
    ...checked(count, [code("  miss 'rocm-smi not found'")]),
    code("fi"),
  ];
}
