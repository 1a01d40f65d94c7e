/** preflight.sh: the machine against the plan, one PASS or FAIL a line. bash and coreutils only. */
import { GIB } from "../../units/quantity.ts";
import { counted, gb, gib } from "../engines/arguments.ts";
import { blank, block, checked, code, printScript, type ScriptLine } from "../render/shell.ts";
import type { KitIr, Launch } from "../ir.ts";
import { scriptHead, type Draft, type Parts } from "./draft.ts";
import { diskNeeds } from "./disk.ts";
import { acceleratorChecks } from "./preflight-accelerators.ts";

/** Shared memory for the exchange of one rank. Assumed. */
const SHARED_MEMORY_PER_RANK = 4 * GIB;
/** A server holds a socket a request and a file a shard. Assumed. */
const OPEN_FILES = 65536;

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

function hostChecks(parts: Parts): ScriptLine[] {
  const { ir } = parts;
  const disk = diskNeeds(ir);
  const diskGb = Math.ceil(disk.bytes / 1e9);
  return [
    diskWant(diskGb, disk.because),
    ...diskLines(diskGb),
    ...block(`
      while read -r key value _; do
        if [ "\${key}" = MemTotal: ]; then memory_gib=$((value / 1048576)); fi
      done < /proc/meminfo
    `),
    ...memoryChecks(ir),
    ...numaChecks(ir.plan.options.numa, ir.plan.cluster.sockets ?? ir.host?.sockets),
    ...checked(
      { what: `${OPEN_FILES} open files allowed`, by: "ulimit" },
      block(`
        files=$(ulimit -Hn)
        at_least "\${files/unlimited/1048576}" ${OPEN_FILES} 'open files allowed (ulimit -Hn)'
      `),
    ),
    ...(ir.placement.ranks > 1 ? exchangeChecks(sharedMemoryGib(ir)) : []),
  ];
}

export const diskWant = (gigabytes: number, because: string): ScriptLine => ({
  text: `want_disk_gb=${gigabytes}`,
  because,
});

/** Room for the weights in MODEL_DIR, what already lies there counted in. */
export const diskLines = (gigabytes: number): ScriptLine[] =>
  checked(
    { what: `${gigabytes} GB free in MODEL_DIR, what lies there counted in`, by: "df" },
    block(`
      folder="\${MODEL_DIR}"
      while [ ! -d "\${folder}" ]; do folder=$(dirname "\${folder}"); done
      free=$(df -B1 --output=avail "\${folder}" | tail -n 1)
      have=$(du -sB1 "\${MODEL_DIR}" 2> /dev/null | cut -f 1) || have=0
      at_least "$(((\${free// /} + \${have:-0}) / 1000000000))" "\${want_disk_gb}" "GB free or already filled for \${MODEL_DIR}"
    `),
  );

function memoryChecks(ir: KitIr): ScriptLine[] {
  const hostRank = ir.estimate.memory?.ranks.find((rank) => rank.kind === "host");
  const hostGib = hostRank ? Math.ceil(hostRank.total / GIB) : 0;
  if (hostRank && hostGib > 0)
    return checked({ what: `${hostGib} GiB of host memory`, by: "/proc/meminfo" }, [
      {
        text: `at_least "\${memory_gib}" ${hostGib} 'GiB of host memory'`,
        because: `the host holds ${gib(hostRank.total)} of the plan`,
      },
    ]);
  const cached = Math.ceil(ir.serving / GIB);
  return checked(
    { what: `${cached} GiB of host memory, to keep the weights read`, by: "/proc/meminfo", warns: true },
    [
      {
        text: `if [ "\${memory_gib}" -ge ${cached} ]; then pass "\${memory_gib} GiB of host memory"; else warn "\${memory_gib} GiB of host memory: less than the weights, so every restart reads them from disk again"; fi`,
        because: `${gb(ir.serving)} of weights stay in the page cache where there is room`,
      },
    ],
  );
}

/** What ranks of one machine exchange through. */
const exchangeChecks = (sharedGib: number): ScriptLine[] => [
  ...checked({ what: `${sharedGib} GiB of shared memory`, by: "/dev/shm" }, [
    {
      text: `at_least "$(($(df -B1 --output=size /dev/shm | tail -n 1) / 1073741824))" ${sharedGib} 'GiB of /dev/shm'`,
      because: `4 GiB a rank for the ranks of this node (assumed)`,
    },
  ]),
  ...checked({ what: "Locked memory without a limit", by: "ulimit", warns: true }, [
    code(
      `if [ "$(ulimit -l)" = unlimited ]; then pass 'locked memory unlimited'; else warn "locked memory limited to $(ulimit -l) kB: raise it (ulimit -l), or use the unit"; fi`,
    ),
  ]),
];

function numaChecks(policy: string | undefined, sockets: number | undefined): ScriptLine[] {
  const count = block(`
    nodes=0
    for node in /sys/devices/system/node/node[0-9]*; do if [ -d "\${node}" ]; then nodes=$((nodes + 1)); fi; done
  `);
  const by = "/sys/devices";
  const nodes =
    sockets === undefined
      ? checked({ what: "NUMA nodes, counted", by, warns: true }, [
          ...count,
          code('pass "${nodes} NUMA nodes"'),
        ])
      : checked({ what: `${counted(sockets, "NUMA node")} or more, one a socket`, by, warns: true }, [
          ...count,
          code(
            `if [ "\${nodes}" -ge ${sockets} ]; then pass "\${nodes} NUMA nodes"; else warn "\${nodes} NUMA nodes, the plan has ${sockets} sockets"; fi`,
          ),
        ]);
  if (policy === undefined || policy === "none") return nodes;
  return [
    ...nodes,
    ...checked(
      { what: "Automatic NUMA balancing is off", by: "/proc/sys", warns: true },
      block(`
        if [ "$(cat /proc/sys/kernel/numa_balancing 2> /dev/null || echo 0)" = 0 ]; then
          pass 'automatic NUMA balancing is off'
        else
          warn 'automatic NUMA balancing is on: it moves pages away from the threads that read them'
        fi
      `),
    ),
  ];
}

/** Ports as serve/env has them where it names them, and a further one for each replica that shares the node. */
export function portChecks({ ir, launch }: Parts): ScriptLine[] {
  const { replicasPerNode } = ir.placement;
  const ports = launch.ports.map(({ port, what, node }): ScriptLine => {
    const label = what.replaceAll("'", "");
    const name = nameOfPort(launch, port);
    const because = node === "head" ? "on the first node" : "on every node";
    const check = (ask: string) => ({ what: `${ask} (${label}) free ${because}`, by: "/dev/tcp" });
    if (name === undefined)
      return { text: `free_port ${port} '${label}'`, because, check: check(`Port ${port}`) };
    const step = name === "PORT" ? 1 : launch.replicaPorts?.step;
    if (replicasPerNode === 1 || step === undefined) {
      return { text: `free_port "\${${name}}" '${label}'`, because, check: check(`Port ${port}`) };
    }
    const times = step === 1 ? "" : ` * ${step}`;
    return {
      text: `for replica in {0..${replicasPerNode - 1}}; do free_port "$((${name} + replica${times}))" '${label}'; done`,
      because: `${because}, one a replica`,
      check: check(
        `${counted(replicasPerNode, "port")} from ${port}${step === 1 ? "" : ` in steps of ${step}`}`,
      ),
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
