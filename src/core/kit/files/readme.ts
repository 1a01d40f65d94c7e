/** README.md: the runbook with the plan's numbers, and every argument with its reason. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { formatCount, formatNumber } from "../../units/format.ts";
import { gb, gib } from "../engines/arguments.ts";
import type { Argument } from "../ir.ts";
import { printWord } from "../render/shell.ts";
import { markdownCode, markdownText, oneLine, urlText } from "../text.ts";
import { diskNeeds } from "./disk.ts";
import { headline, installFolder, type Draft, type Parts } from "./draft.ts";

export function readme(parts: Parts, unsupported: readonly Unsupported[], paths: readonly string[]): Draft {
  const { ir } = parts;
  const lines = [
    `# ${markdownText(headline(ir))}`,
    "",
    `Written by Fathom from one decided plan. The same plan gives the same bytes. Open it again: <${urlText(ir.link)}>`,
    "",
    ...expectations(parts),
    ...steps(parts, paths),
    ...argumentsTable(parts),
    ...limits(unsupported),
  ];
  return { path: "README.md", text: `${lines.join("\n").trimEnd()}\n` };
}

function expectations({ ir, launch, reads }: Parts): string[] {
  const { memory, performance } = ir.estimate;
  const accelerators = memory?.ranks.filter((rank) => rank.kind === "accelerator") ?? [];
  const fullest = accelerators.toSorted((a, b) => b.total - a.total)[0];
  const host = memory?.ranks.find((rank) => rank.kind === "host");
  const rows = [
    row(
      "Weights loaded",
      minutes(reads.seconds),
      `${minutes(reads.low)} to ${minutes(reads.high)}`,
      "assumed",
    ),
    ...(fullest
      ? [
          row(
            `Memory in use, ${fullest.name}`,
            gib(fullest.total),
            `of ${gib(fullest.capacity)}`,
            memory?.basis ?? "assumed",
          ),
        ]
      : []),
    ...(host
      ? [row("Memory in use, host", gib(host.total), `of ${gib(host.capacity)}`, memory?.basis ?? "assumed")]
      : []),
    ...(memory
      ? [row(launch.logLine?.label ?? "Tokens of cache", formatCount(memory.kvCacheTokens), "", memory.basis)]
      : []),
    ...(performance
      ? [
          ranged("TTFT, ms", performance.ttftMs),
          ranged("TPOT, ms", performance.tpotMs),
          ranged("Output tokens/s, all users", performance.outputTokensPerSecond),
          ranged("Output tokens/s, one user", performance.outputTokensPerSecondPerUser),
        ]
      : []),
  ];
  return [
    "## After it starts, expect",
    "",
    "| | expected | 80 % interval | basis |",
    "|---|---:|---:|---|",
    ...rows,
    "",
    ...(performance
      ? [
          `Limited by ${markdownText(performance.limitedBy.resource)}: ${markdownText(performance.limitedBy.reason)}.`,
          "",
        ]
      : []),
  ];
}

const row = (label: string, value: string, interval: string, basis: string): string =>
  `| ${markdownText(label)} | ${oneLine(value)} | ${oneLine(interval)} | ${basis} |`;

const ranged = (label: string, r: Ranged): string =>
  row(label, formatNumber(r.value), `${formatNumber(r.low)} to ${formatNumber(r.high)}`, r.basis);

/** Seconds as a person waits for them. */
export const minutes = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;

function steps(parts: Parts, paths: readonly string[]): string[] {
  const { ir, launch, reads } = parts;
  const disk = diskNeeds(ir);
  const several = ir.placement.nodesPerReplica > 1;
  const list: string[] = [
    `Set ${markdownCode("MODEL_DIR")} in ${markdownCode("serve/env")}: ${gb(disk.bytes)} of disk (${disk.because}).` +
      (several
        ? ` Set ${markdownCode(launch.workerCommand ? "WORKER_ADDRS" : "HEAD_ADDR")} too. Every node gets the same kit.`
        : ""),
    `${markdownCode("./preflight.sh")}: this machine against the plan, one line a check.`,
    `${markdownCode("./download.sh")}: ${gb(disk.download)}; resumes, ${markdownCode("HF_ENDPOINT")} takes a mirror, ${markdownCode("--from DIR")} a disk carried inside.`,
    ...conversionSteps(parts, paths),
    ...startSteps(parts, paths),
    `${markdownCode("./smoke.sh")}: waits for health (${minutes(reads.seconds)} expected, gives up after ${minutes(reads.limitSeconds)}) and asks one question.`,
    `${markdownCode("./bench.sh")}: the engine's own client at the plan's workload, beside the prediction and its interval.` +
      (launch.bench.standalone ? " It loads the weights itself: stop the server first." : ""),
  ];
  return ["## Steps", "", ...list.map((text, index) => `${index + 1}. ${text}`), ""];
}

function conversionSteps({ ir }: Parts, paths: readonly string[]): string[] {
  if (ir.origin.kind !== "convert") return [];
  const scripts = [
    "convert/convert.sh",
    "convert/imatrix.sh",
    "convert/quantize.sh",
    "convert/split.sh",
    "convert/verify.sh",
  ];
  const what: Readonly<Record<string, string>> = {
    "convert/convert.sh": "FP8 to BF16 GGUF",
    "convert/imatrix.sh": "importance matrix over your own text",
    "convert/quantize.sh": `to ${ir.origin.manifest.type}`,
    "convert/split.sh": `${ir.origin.manifest.splits.length} files`,
    "convert/verify.sh": "every tensor's name, shape, type and offset against convert/manifest.json",
  };
  return scripts
    .filter((path) => paths.includes(path))
    .map((path) => `${markdownCode(`./${path}`)}: ${what[path] ?? ""}.`);
}

function startSteps({ ir, launch }: Parts, paths: readonly string[]): string[] {
  const { nodesPerReplica, replicasPerNode } = ir.placement;
  const steps: string[] = [];
  if (launch.workerCommand) {
    steps.push(
      `On every other node: ${markdownCode("./serve/worker.sh")} (${markdownText(launch.workerCommand.because)}).`,
    );
    steps.push(`On the first node: ${markdownCode("./serve/serve.sh")}.`);
  } else if (nodesPerReplica > 1) {
    steps.push(
      `On node 0: ${markdownCode("./serve/serve.sh 0")}; on node 1: ${markdownCode("./serve/serve.sh 1")}${nodesPerReplica > 2 ? "; and so on" : ""}.`,
    );
  } else if (replicasPerNode > 1) {
    steps.push(
      `${markdownCode("./serve/serve.sh 0")} to ${markdownCode(`./serve/serve.sh ${replicasPerNode - 1}`)}: one replica each, ports from ${launch.port} up.`,
    );
  } else {
    steps.push(`${markdownCode("./serve/serve.sh")} in a terminal.`);
  }
  const unit = paths
    .filter((path) => path.endsWith(".service"))
    .map(markdownCode)
    .join(" and ");
  steps.push(
    `Or with systemd: copy the kit to ${markdownCode(installFolder(ir))} and ${unit} to ${markdownCode("/etc/systemd/system")}, then ${markdownCode("systemctl daemon-reload")} and ${markdownCode("systemctl enable --now")} the unit. The engine's program must be on the unit's PATH.`,
  );
  if (paths.includes("serve/compose.yaml")) {
    const profile = nodesPerReplica > 1 ? " --profile node-RANK" : "";
    steps.push(
      `Or in containers: ${markdownCode(`docker compose --env-file serve/env -f serve/compose.yaml${profile} up -d`)}.`,
    );
  }
  return steps;
}

function argumentsTable({ launch }: Parts): string[] {
  const rows = (list: readonly Argument[]) =>
    list.map(({ flag, value, because }) => {
      const text = value === undefined ? flag : `${flag} ${printWord(value)}`;
      return `| ${markdownCode(text)} | ${markdownText(because)} |`;
    });
  return [
    "## Why each argument is there",
    "",
    `| ${markdownCode(launch.command)} | because |`,
    "|---|---|",
    ...launch.positional.map(
      ({ value, because }) => `| ${markdownCode(printWord(value))} | ${markdownText(because)} |`,
    ),
    ...rows(launch.arguments),
    ...rows(launch.headArguments.map((a) => ({ ...a, because: `first node: ${a.because}` }))),
    ...rows(launch.workerArguments.map((a) => ({ ...a, because: `other nodes: ${a.because}` }))),
    ...(launch.workerCommand
      ? [
          "",
          `| ${markdownCode(launch.workerCommand.command)} | because |`,
          "|---|---|",
          ...rows(launch.workerCommand.arguments),
        ]
      : []),
    "",
  ];
}

function limits(unsupported: readonly Unsupported[]): string[] {
  if (unsupported.length === 0) return [];
  return [
    "## What this kit cannot express",
    "",
    ...unsupported.map(({ path, reason }) => `- ${markdownCode(path)}: ${markdownText(reason)}.`),
    "",
  ];
}
