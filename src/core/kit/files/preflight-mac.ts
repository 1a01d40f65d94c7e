/** preflight.sh of a Mac: memory, what of it the GPU may wire, disk, and the programs. */
import { GIB, MIB } from "../../units/quantity.ts";
import { gib } from "../engines/arguments.ts";
import { assign, blank, block, checked, printScript, type ScriptLine } from "../render/shell.ts";
import { diskNeeds } from "./disk.ts";
import { scriptHead, type Draft, type Parts } from "./draft.ts";
import { checkHelpers, diskLines, diskWant, portChecks, verdictLines } from "./preflight.ts";

/** MLX wires a model's memory from this release on. */
const MACOS = 15;

export function macPreflight(parts: Parts): Draft {
  const { ir } = parts;
  const rank = ir.estimate.memory?.ranks.toSorted((a, b) => b.total - a.total)[0];
  const used = rank ? rank.weights + rank.kvCache + rank.activations : ir.serving;
  const disk = diskNeeds(ir);
  const diskGb = Math.ceil(disk.bytes / 1e9);
  const chip = (ir.accelerator?.shortName ?? "").replace(/ \d+GB$/, "");
  const memoryGib = Math.floor((ir.accelerator?.memory.value ?? 0) / GIB);
  const wiredMib = Math.ceil(used / MIB);
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Checks this Mac against the plan", "serve/env"),
    ...checkHelpers(),
    blank,
    { ...assign("want_name", chip), because: "the plan's machine" },
    { text: `want_memory_gib=${memoryGib}`, because: "installed memory of the plan's machine" },
    {
      text: `want_wired_mib=${wiredMib}`,
      because: `${gib(used)} of weights, cache and activations on the fullest Mac must stay in memory`,
    },
    diskWant(diskGb, `where it is converted: ${disk.because}`),
    ...machineChecks(chip, memoryGib),
    ...checked(
      { what: `The GPU may wire ${gib(wiredMib * MIB)}`, by: "sysctl" },
      block(`
        wired=$(sysctl -n iogpu.wired_limit_mb)
        if [ "\${wired}" -ge "\${want_wired_mib}" ]; then
          pass "the GPU may wire \${wired} MiB"
        else
          miss "the GPU may wire \${wired} MiB (0: the system's default), wanted \${want_wired_mib}: sudo sysctl iogpu.wired_limit_mb=\${want_wired_mib}"
        fi
      `),
    ),
    ...diskLines(diskGb),
    ...checked(
      { what: "mlx_lm.server is on PATH", by: "command" },
      block(`
        if command -v mlx_lm.server > /dev/null; then pass 'mlx_lm.server is on PATH'; else miss 'mlx_lm.server not found: pip install mlx-lm'; fi
      `),
    ),
    ...portChecks(parts),
    ...verdictLines("on this Mac"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}

const machineChecks = (chip: string, memoryGib: number): ScriptLine[] => [
  ...checked(
    { what: chip, by: "sysctl" },
    block(`
      chip=$(sysctl -n machdep.cpu.brand_string)
      case "\${chip}" in *"\${want_name}"*) pass "\${chip}" ;; *) miss "this is \${chip}, the plan has \${want_name}" ;; esac
    `),
  ),
  ...checked(
    { what: `${memoryGib} GiB of memory`, by: "sysctl" },
    block(`
      at_least "$(($(sysctl -n hw.memsize) / 1073741824))" "\${want_memory_gib}" 'GiB of memory'
    `),
  ),
  ...checked(
    { what: `macOS ${MACOS} or newer`, by: "sw_vers" },
    block(`
      system=$(sw_vers -productVersion)
      at_least "\${system%%.*}" ${MACOS} 'macOS'
    `),
  ),
];
