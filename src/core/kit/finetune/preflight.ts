/** preflight.sh of a training run: a node against the plan, before anything is downloaded. */
import { readsPublished } from "../../domain/finetune-plan.ts";
import { fullestRank } from "../../domain/finetune-estimate.ts";
import { GIB, MIB } from "../../units/quantity.ts";
import { gb, gib } from "../engines/arguments.ts";
import type { Draft } from "../files/draft.ts";
import { byHand, nvidiaChecks, type WantedAccelerators } from "../files/preflight-accelerators.ts";
import { checkHelpers, verdictLines } from "../files/preflight.ts";
import { assign, block, checked, code, comment, printScript, type ScriptLine } from "../render/shell.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import type { Run } from "./run.ts";

export function preflight(run: Run, kit: FrameworkKit): Draft {
  const { memory, disk } = run.estimate;
  const fullest = fullestRank(memory);
  const host = Math.ceil((memory?.host.total ?? 0) / GIB);
  const diskGb = Math.ceil(disk.peak / 1e9);
  const wanted = {
    count: run.plan.cluster.acceleratorsPerNode,
    name: run.accelerator?.shortName ?? "",
    mib: Math.ceil(fullest / MIB),
  };
  const lines = [
    code("#!/usr/bin/env bash"),
    comment("Checks this node against the plan, before anything is downloaded"),
    code("set -euo pipefail"),
    code('here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)'),
    code('cd "${here}"'),
    ...checkHelpers(),
    assign("want_count", String(wanted.count)),
    assign("want_name", wanted.name),
    { ...assign("want_mib", String(wanted.mib)), because: `the fullest rank takes ${gib(fullest)}` },
    { ...assign("want_ram_gib", String(host)), because: "the fullest host at its fullest moment" },
    {
      ...assign("want_disk_gb", String(diskGb)),
      because: `weights, their copies and checkpoints: ${gb(disk.peak)}`,
    },
    ...acceleratorChecks(run, wanted),
    ...hostChecks(host, diskGb),
    ...programChecks(kit.programs),
    ...trainingData(),
    ...(run.plan.layout.experts === "cpu" ? instructionChecks(run) : []),
    ...verdictLines("on this machine"),
  ];
  return { path: "preflight.sh", executable: true, ...printScript(lines) };
}

const hostChecks = (ramGib: number, diskGb: number): ScriptLine[] => [
  ...checked(
    { what: `${ramGib} GiB of RAM`, by: "/proc/meminfo" },
    block(`
      ram=$(($(awk '/^MemTotal:/ {print $2}' /proc/meminfo) / 1048576))
      at_least "\${ram}" "\${want_ram_gib}" 'GiB of RAM'
    `),
  ),
  ...checked(
    { what: `${diskGb} GB free, what lies in weights and out counted in`, by: "df" },
    block(`
      have=0
      for folder in weights out; do
        if [ -d "\${folder}" ]; then have=$((have + $(du -sL -B1 "\${folder}" | cut -f 1))); fi
      done
      free=$(df -B1 --output=avail . | tail -n 1)
      at_least "$(((free + have) / 1000000000))" "\${want_disk_gb}" 'GB free or already filled (links to other disks: count them yourself)'
    `),
  ),
];

const programChecks = (programs: readonly string[]): ScriptLine[] =>
  checked(
    { what: `${programs.join(", ")} on PATH`, by: "command" },
    block(`
      for program in ${programs.join(" ")}; do
        if command -v "\${program}" > /dev/null; then pass "\${program} is there"; else miss "\${program} not found"; fi
      done
    `),
  );

/** The data that the run trains on, where data/ of the kit wants it. */
export const trainingData = (): ScriptLine[] =>
  checked(
    { what: "data/training.jsonl holds something", by: "test" },
    block(`
      if [ -s data/training.jsonl ]; then pass 'data/training.jsonl is there'; else miss 'data/training.jsonl is missing'; fi
    `),
  );

function acceleratorChecks({ accelerator }: Run, wanted: WantedAccelerators): ScriptLine[] {
  if (accelerator?.vendor.toLowerCase() === "nvidia")
    return nvidiaChecks(wanted, { driver: false, linked: false });
  return checked(
    byHand(wanted),
    block(`
      warn "accelerators of this maker cannot be asked by this script: \${want_count} x \${want_name} with \${want_mib} MiB each"
    `),
  );
}

const FP8_INSTRUCTIONS = ["avx512f", "avx512_bf16", "avx512_vnni", "avx512vbmi"];

/** Without AMX the host's products are several times slower; FP8 has kernels for AVX-512 alone. */
function instructionChecks({ plan }: Run): ScriptLine[] {
  const by = "/proc/cpuinfo";
  if (readsPublished(plan))
    return checked(
      { what: `The processor has ${FP8_INSTRUCTIONS.join(", ")}`, by },
      block(`
        for flag in ${FP8_INSTRUCTIONS.join(" ")}; do
          if grep -qwm1 "\${flag}" /proc/cpuinfo; then pass "the processor has \${flag}"; else miss "the processor has no \${flag}: experts in FP8 need it"; fi
        done
      `),
    );
  return checked(
    { what: "The processor has AMX", by, warns: true },
    block(`
      if grep -qm1 amx_tile /proc/cpuinfo; then pass 'the processor has AMX'; else warn 'the processor has no AMX: experts on it are several times slower'; fi
    `),
  );
}
