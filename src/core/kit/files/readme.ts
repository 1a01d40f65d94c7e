/** README.md: the runbook with the plan's numbers, and every argument with its reason. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Ranged } from "../../domain/provenance.ts";
import { formatCount, formatNumber } from "../../units/format.ts";
import { gib } from "../engines/arguments.ts";
import type { Argument, Launch } from "../ir.ts";
import { printWord } from "../render/shell.ts";
import { markdownCode, markdownText, oneLine, urlText } from "../text.ts";
import type { Runbook } from "../targets/target.ts";
import { airGapSection } from "./air-gap.ts";
import { headline, type Draft, type Parts } from "./draft.ts";

export function readme(
  parts: Parts,
  book: Runbook,
  unsupported: readonly Unsupported[],
  paths: readonly string[],
): Draft {
  const { ir } = parts;
  const lines = [
    `# ${markdownText(headline(ir))}`,
    "",
    `Written by Fathom from one decided plan. The same plan gives the same bytes. Open it again: <${urlText(ir.link)}>`,
    "",
    ...expectations(parts),
    ...steps(parts, book, paths),
    ...airGapSection(parts),
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

function steps(parts: Parts, book: Runbook, paths: readonly string[]): string[] {
  const { launch, reads } = parts;
  const list: string[] = [
    book.settings,
    book.preflight,
    ...book.weights,
    ...conversionSteps(parts, paths),
    ...book.converted,
    ...book.start,
    ...book.reach,
    ...(launch.steps ?? []),
    `${markdownCode("./smoke.sh")}: waits for health (${minutes(reads.seconds)} expected, gives up after ${minutes(reads.limitSeconds)}) and asks one question.`,
    `${markdownCode("./bench.sh")}: the engine's own client at the plan's workload, beside the prediction and its interval.` +
      (launch.bench.standalone ? " It loads the weights itself: stop the server first." : "") +
      (book.bench === undefined ? "" : ` ${book.bench}`),
  ];
  return ["## Steps", "", ...list.map((text, index) => `${index + 1}. ${text}`), ""];
}

function conversionSteps({ ir }: Parts, paths: readonly string[]): string[] {
  if (ir.origin.kind === "mlx") {
    return [
      `${markdownCode("./convert/convert.sh")}: FP8 to MLX's ${ir.origin.bits} bits; it needs a Mac on which ${markdownCode("mlx_lm")} runs, and the disk that preflight asks for.`,
      `${markdownCode("./convert/verify.sh")}: bits, group size and bytes of the result against the plan.`,
    ];
  }
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

function argumentsTable({ launch, halves = [] }: Parts): string[] {
  return [
    "## Why each argument is there",
    "",
    ...launchTables(launch, launch.command),
    ...halves.flatMap((half) => launchTables(half.launch, `${half.ir.role ?? ""}/serve/serve.sh`)),
  ];
}

function launchTables(launch: Launch, title: string): string[] {
  const rows = (list: readonly Argument[]) =>
    list.map(({ flag, value, because }) => {
      const text = value === undefined ? flag : `${flag} ${printWord(value)}`;
      return `| ${markdownCode(text)} | ${markdownText(because)} |`;
    });
  return [
    `| ${markdownCode(title)} | because |`,
    "|---|---|",
    ...launch.positional.map(
      ({ value, because }) => `| ${markdownCode(printWord(value))} | ${markdownText(because)} |`,
    ),
    ...rows(launch.arguments),
    ...rows(launch.headArguments.map((a) => ({ ...a, because: `first node: ${a.because}` }))),
    ...rows(launch.workerArguments.map((a) => ({ ...a, because: `other nodes: ${a.because}` }))),
    ...rows(
      (launch.launcher?.arguments ?? []).map((a) => ({ ...a, because: `start on every node: ${a.because}` })),
    ),
    ...(launch.workerCommand
      ? [
          "",
          `| ${markdownCode(launch.workerCommand.command)} | because |`,
          "|---|---|",
          ...rows(launch.workerCommand.arguments),
        ]
      : []),
    ...(launch.front
      ? [
          "",
          `| ${markdownCode(launch.front.command)} | because |`,
          "|---|---|",
          ...rows(launch.front.arguments),
        ]
      : []),
    ...(launch.configs ?? []).flatMap(({ name, entries }) => [
      "",
      `| ${markdownCode(`serve/${name}`)} | because |`,
      "|---|---|",
      ...rows(entries),
    ]),
    ...(launch.exports && launch.exports.length > 0
      ? [
          "",
          "| environment | because |",
          "|---|---|",
          ...launch.exports.map(
            ({ name, value, because }) =>
              `| ${markdownCode(`${name}=${printWord(value)}`)} | ${markdownText(because)} |`,
          ),
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
