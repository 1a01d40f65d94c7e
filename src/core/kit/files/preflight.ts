/** preflight.sh: the machine against the plan, one PASS or FAIL a line. bash and coreutils only. */
import { GIB, MIB } from "../../units/quantity.ts";
import { gb, gib } from "../engines/arguments.ts";
import { assign, blank, block, code, printScript, printWords, type ScriptLine } from "../render/shell.ts";
import type { KitIr, Launch } from "../ir.ts";
import { scriptHead, type Draft, type Parts } from "./draft.ts";
import { diskNeeds } from "./disk.ts";

/** CUDA 12.9, which the engines' images carry, wants this driver. Assumed: a warning, not a failure. */
const DRIVER = 575;
/** Shared memory for the exchange of one rank. Assumed. */
const SHARED_MEMORY_PER_RANK = 4 * GIB;

export function preflightScript(parts: Parts): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(parts.ir, "Checks this machine against the plan", "serve/env"),
    ...checkHelpers(),
    blank,
    ...acceleratorChecks(parts),
    ...hostChecks(parts),
    ...portChecks(parts),
    ...verdictLines("on this machine"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}

/** How every preflight ends. */
export function verdictLines(where: string): ScriptLine[] {
  return block(`
    if [ "\${failed}" -gt 0 ]; then
      printf '\\n%d check(s) failed: the plan does not hold ${where} as it is.\\n' "\${failed}"
      exit 1
    fi
    printf '\\nEvery check passed.\\n'
  `);
}

/** Shared memory that the ranks of one machine exchange through, in GiB. */
export function sharedMemoryGib({ placement: { acceleratorsPerNode, ranks } }: KitIr): number {
  return Math.ceil((SHARED_MEMORY_PER_RANK * Math.max(1, Math.min(acceleratorsPerNode, ranks))) / GIB);
}

export function checkHelpers(): ScriptLine[] {
  return block(`
    failed=0
    pass() { printf 'PASS  %s\\n' "$*"; }
    warn() { printf 'WARN  %s\\n' "$*"; }
    miss() { printf 'FAIL  %s\\n' "$*"; failed=$((failed + 1)); }
    # at_least HAVE WANT LABEL: numbers without decimals
    at_least() {
      if [ "$1" -ge "$2" ]; then pass "$3: $1, wanted $2"; else miss "$3: $1, wanted $2"; fi
    }
  `);
}

function acceleratorChecks({ ir }: Parts): ScriptLine[] {
  const { accelerator, placement } = ir;
  if (!accelerator || placement.acceleratorsPerNode === 0) return [];
  const ranks = ir.estimate.memory?.ranks.filter((rank) => rank.kind === "accelerator") ?? [];
  const needed = Math.ceil(Math.max(0, ...ranks.map((rank) => rank.total)) / MIB);
  const head = [
    assign("want_count", String(placement.acceleratorsPerNode)),
    assign("want_name", accelerator.shortName),
    {
      text: printWords([`want_mib=${needed}`]).replaceAll("'", ""),
      because: `the fullest rank takes ${gib(needed * MIB)}`,
    },
  ];
  const vendor = accelerator.vendor.toLowerCase();
  if (vendor === "amd") return [...head, ...amdChecks(), blank];
  if (vendor === "nvidia")
    return [
      ...head,
      ...nvidiaChecks({
        driver: true,
        linked: ir.accelerator?.scaleUp !== undefined && ir.plan.layout.tp > 1,
      }),
      blank,
    ];
  return [
    ...block(`
    warn 'accelerators of this maker cannot be asked by this script: check count, name and memory yourself'
  `),
    blank,
  ];
}

/** Every accelerator by name, memory and use; `driver`: and the driver; `linked`: and that all pairs have NVLink. */
export function nvidiaChecks({ driver, linked }: { driver: boolean; linked: boolean }): ScriptLine[] {
  const inside = (lines: readonly ScriptLine[]) => lines.map((line) => ({ ...line, text: `  ${line.text}` }));
  const fields = driver ? "name total used driver" : "name total used";
  const query = `name,memory.total,memory.used${driver ? ",driver_version" : ""}`;
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
    ...block(`
          case "\${name}" in *"\${want_name}"*) ;; *) miss "accelerator \${count} is \${name}, the plan has \${want_name}" ;; esac
          if [ "\${total}" -lt "\${want_mib}" ]; then miss "accelerator \${count} has \${total} MiB, the plan takes \${want_mib}"; fi
          if [ "\${used}" -gt 1024 ]; then miss "accelerator \${count} is in use: \${used} MiB"; fi
        done < <(nvidia-smi --query-gpu=${query} --format=csv,noheader,nounits)
        at_least "\${count}" "\${want_count}" 'accelerators'
    `).map((line, at) => ({ ...line, text: `${at < 3 ? "    " : "  "}${line.text.trimStart()}` })),
    ...(driver ? inside(driverLines()) : []),
    ...(linked ? inside(linkLines()) : []),
    ...block(`
      else
        miss 'nvidia-smi not found'
      fi
    `),
  ];
}

const driverLines = (): ScriptLine[] =>
  block(`
    version=\${version:-0}
    major=\${version%%.*}
    if [ "\${major}" -ge ${DRIVER} ]; then pass "driver \${version}"; else warn "driver \${version}: the images' CUDA 12.9 wants ${DRIVER} or newer"; fi
  `);

const linkLines = (): ScriptLine[] =>
  block(`
    links=0
    while read -r row; do
      case "\${row}" in GPU[0-9]*) for cell in \${row}; do case "\${cell}" in NV[0-9]*) links=$((links + 1)) ;; esac; done ;; esac
    done < <(nvidia-smi topo -m)
    at_least "$((links / 2))" "$((want_count * (want_count - 1) / 2))" 'pairs of accelerators linked by NVLink'
  `);

function amdChecks(): ScriptLine[] {
  return block(`
    if command -v rocm-smi > /dev/null; then
      count=0
      while IFS=, read -r card total used; do
        case "\${card}" in card[0-9]*) ;; *) continue ;; esac
        count=$((count + 1))
        if [ "$((\${total//[!0-9]/} / 1048576))" -lt "\${want_mib}" ]; then miss "\${card} has less than \${want_mib} MiB"; fi
        if [ "$((\${used//[!0-9]/} / 1048576))" -gt 1024 ]; then miss "\${card} is in use"; fi
      done < <(rocm-smi --showmeminfo vram --csv)
      at_least "\${count}" "\${want_count}" 'accelerators'
      case "$(rocm-smi --showproductname)" in
        *"\${want_name}"*) pass "accelerators are \${want_name}" ;;
        *) miss "rocm-smi does not name \${want_name}" ;;
      esac
    else
      miss 'rocm-smi not found'
    fi
  `);
}

function hostChecks(parts: Parts): ScriptLine[] {
  const { ir } = parts;
  const disk = diskNeeds(ir);
  const hostRank = ir.estimate.memory?.ranks.find((rank) => rank.kind === "host");
  const hostGib = hostRank ? Math.ceil(hostRank.total / GIB) : 0;
  const sharedGib = sharedMemoryGib(ir);
  const sockets = ir.plan.cluster.sockets ?? ir.host?.sockets;
  return [
    { text: `want_disk_gb=${Math.ceil(disk.bytes / 1e9)}`, because: disk.because },
    ...block(`
      folder="\${MODEL_DIR}"
      while [ ! -d "\${folder}" ]; do folder=$(dirname "\${folder}"); done
      free=$(df -B1 --output=avail "\${folder}" | tail -n 1)
      have=$(du -sB1 "\${MODEL_DIR}" 2> /dev/null | cut -f 1) || have=0
      at_least "$(((\${free// /} + \${have:-0}) / 1000000000))" "\${want_disk_gb}" "GB free or already filled for \${MODEL_DIR}"
      while read -r key value _; do
        if [ "\${key}" = MemTotal: ]; then memory_gib=$((value / 1048576)); fi
      done < /proc/meminfo
    `),
    ...(hostGib > 0
      ? [
          {
            text: `at_least "\${memory_gib}" ${hostGib} 'GiB of host memory'`,
            because: `the host holds ${gib(hostRank?.total ?? 0)} of the plan`,
          },
        ]
      : [
          {
            text: `if [ "\${memory_gib}" -ge ${Math.ceil(ir.serving / GIB)} ]; then pass "\${memory_gib} GiB of host memory"; else warn "\${memory_gib} GiB of host memory: less than the weights, so every restart reads them from disk again"; fi`,
            because: `${gb(ir.serving)} of weights stay in the page cache where there is room`,
          },
        ]),
    ...numaChecks(ir.plan.options.numa, sockets),
    ...block(`
      files=$(ulimit -Hn)
      at_least "\${files/unlimited/1048576}" 65536 'open files allowed (ulimit -Hn)'
    `),
    ...(ir.placement.ranks > 1
      ? [
          {
            text: `at_least "$(($(df -B1 --output=size /dev/shm | tail -n 1) / 1073741824))" ${sharedGib} 'GiB of /dev/shm'`,
            because: `4 GiB a rank for the ranks of this node (assumed)`,
          },
          code(
            `if [ "$(ulimit -l)" = unlimited ]; then pass 'locked memory unlimited'; else warn "locked memory limited to $(ulimit -l) kB: raise it (ulimit -l), or use the unit"; fi`,
          ),
        ]
      : []),
  ];
}

function numaChecks(policy: string | undefined, sockets: number | undefined): ScriptLine[] {
  const lines = block(`
    nodes=0
    for node in /sys/devices/system/node/node[0-9]*; do if [ -d "\${node}" ]; then nodes=$((nodes + 1)); fi; done
  `);
  if (sockets !== undefined) {
    lines.push(
      code(
        `if [ "\${nodes}" -ge ${sockets} ]; then pass "\${nodes} NUMA nodes"; else warn "\${nodes} NUMA nodes, the plan has ${sockets} sockets"; fi`,
      ),
    );
  } else {
    lines.push(code('pass "${nodes} NUMA nodes"'));
  }
  if (policy !== undefined && policy !== "none") {
    lines.push(
      ...block(`
        if [ "$(cat /proc/sys/kernel/numa_balancing 2> /dev/null || echo 0)" = 0 ]; then
          pass 'automatic NUMA balancing is off'
        else
          warn 'automatic NUMA balancing is on: it moves pages away from the threads that read them'
        fi
      `),
    );
  }
  return lines;
}

/** Ports as serve/env has them where it names them, and a further one for each replica that shares the node. */
export function portChecks({ ir, launch }: Parts): ScriptLine[] {
  const { replicasPerNode } = ir.placement;
  const ports = launch.ports.map(({ port, what, node }) => {
    const label = what.replaceAll("'", "");
    const name = nameOfPort(launch, port);
    const because = node === "head" ? "on the first node" : "on every node";
    if (name === undefined) return { text: `free_port ${port} '${label}'`, because };
    const step = name === "PORT" ? 1 : launch.replicaPorts?.step;
    if (replicasPerNode === 1 || step === undefined) {
      return { text: `free_port "\${${name}}" '${label}'`, because };
    }
    const times = step === 1 ? "" : ` * ${step}`;
    return {
      text: `for replica in {0..${replicasPerNode - 1}}; do free_port "$((${name} + replica${times}))" '${label}'; done`,
      because: `${because}, one a replica`,
    };
  });
  return [
    ...block(`
      # free_port PORT WHAT
      free_port() {
        if (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; then miss "port $1 ($2) is taken"; else pass "port $1 ($2) is free"; fi
      }
    `),
    ...ports,
    blank,
  ];
}

/** The setting of serve/env that holds a port; undefined where nothing moves it. */
function nameOfPort({ port, environment, replicaPorts }: Launch, asked: number): string | undefined {
  if (asked === port) return "PORT";
  return environment.find(({ name, value }) => name === replicaPorts?.variable && value === String(asked))
    ?.name;
}
