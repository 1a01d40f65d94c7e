import { describe, expect, it } from "vitest";
import type { DistillPlan } from "../../core/domain/distill-plan.ts";
import { distillOf } from "../../core/domain/parse-distill-plan.ts";
import { EXAMPLE_PLAN } from "../../core/domain/parse-plan.ts";
import { evaluateDistill } from "../../core/model/distill/evaluate-distill.ts";
import { evaluateFinetune } from "../../core/model/finetune/evaluate-finetune.ts";
import { cluster, planOf } from "../../core/model/finetune/testing/plan-of.ts";
import { finetuneMethods } from "../../core/search/finetune-around.ts";
import { formatFileSize, formatGib, formatHours, formatNumber, formatUsd } from "../../core/units/format.ts";
import { catalog, loadStudents } from "../../planner-data.ts";
import { rounded } from "../findings/words.ts";
import { distillReport } from "./distill-report.ts";
import { finetuneReport } from "./finetune-report.ts";
import type { Report } from "./report-document.ts";
import { reportMarkdown, type ReportText } from "./report-markdown.ts";

const TEXT: ReportText = {
  sentence: "Fine-tune DeepSeek-V3",
  verdict: "",
  address: "https://example.org/#1.x",
  made: "2026-11-28",
  sources: [],
};
const students = await loadStudents();
const facts = { model: { catalog, opTables: null }, students };

function tableOf({ tables }: Report, name: string) {
  const table = tables.find((one) => one.name === name);
  if (!table) throw new Error(`no table ${name}`);
  return table;
}
const cellsOf = (report: Report, name: string) => tableOf(report, name).rows.map(({ cells }) => cells);

describe("finetuneReport", () => {
  const plan = planOf({
    method: "lora",
    base: "bf16",
    framework: "ms-swift",
    cluster: cluster("h200-sxm", 2),
  });
  const estimate = evaluateFinetune(plan, { catalog });
  const methods = finetuneMethods(plan, catalog).map((choice, i) => ({ name: `method ${i}`, choice }));
  const report = finetuneReport(plan, estimate, methods, "H200");

  it("says the estimate's own numbers, each with its interval and basis", () => {
    const { performance, cost } = estimate;
    if (!performance || !cost) throw new Error("this plan has both");
    expect(report).toMatchObject({ goal: "finetune", fits: true, word: "Fits", problems: [] });
    const told = new Map(report.numbers.map((number) => [number.name, number]));
    expect(told.get("training")?.value).toBe(formatHours(performance.trainHours.value));
    expect(told.get("through the cluster")?.value).toBe(
      `${formatNumber(performance.tokensPerSecond.value)} tok/s`,
    );
    expect(told.get("for training")).toMatchObject({
      value: formatUsd(cost.usd.value),
      interval: `${formatUsd(cost.usd.low)} – ${formatUsd(cost.usd.high)}`,
      basis: cost.usd.basis,
    });
    const whole = estimate.schedule.reduce((sum, { hours }) => sum + hours.value, 0);
    expect(told.get("checkpoint to served file")?.value).toBe(formatHours(whole));
    expect(report.limit).toContain(performance.limitedBy.reason);
  });

  it("holds memory by rank and host, the schedule, the step and the methods", () => {
    const memory = cellsOf(report, "Memory");
    const [gpu] = estimate.memory?.ranks ?? [];
    expect(memory[0]?.slice(-2)).toEqual([formatGib(gpu?.total ?? 0), formatGib(gpu?.capacity ?? 0)]);
    expect(memory.at(-1)?.[0]).toBe("Host, at its fullest");
    expect(memory.at(-1)?.at(-2)).toBe(formatGib(estimate.memory?.host.total ?? 0));
    expect(cellsOf(report, "Schedule").map(([name]) => name)).toEqual([
      ...estimate.schedule.map(({ name }) => name),
      "In all",
    ]);
    expect(cellsOf(report, "Methods").map((cells) => cells.at(-1))).toEqual(
      methods.map(({ choice }) => (choice.usd ? formatUsd(choice.usd.value) : "unknown")),
    );
    const shares = estimate.performance?.parts.map(({ name }) => name) ?? [];
    for (const [name] of cellsOf(report, "Step")) expect(shares).toContain(name);
  });

  it("says of a run that fits nowhere that and why", () => {
    const small = planOf({
      method: "full",
      base: "bf16",
      framework: "megatron-bridge",
      cluster: cluster("rtx-4090", 1, 1),
    });
    const bare = evaluateFinetune(small, { catalog });
    const told = finetuneReport(small, bare, [], "RTX 4090");
    expect(told.word).toBe("Does not fit");
    const text = reportMarkdown(told, TEXT);
    expect(text).toContain("**Does not fit.**");
    expect(bare.infeasible.length).toBeGreaterThan(0);
    for (const { message } of bare.infeasible) expect(told.problems).toContain(message);
    expect(text).toContain("- No method fits on up to 64 nodes of RTX 4090.");
    expect(text).not.toContain("## Methods");
  });

  it("keeps words from a link words in Markdown", () => {
    const hostile = { ...estimate, notes: [{ kind: "warning", message: "<b>| x\n# y [z](w)" } as const] };
    const text = reportMarkdown(finetuneReport(plan, hostile, null, "H200"), {
      ...TEXT,
      sentence: "Fine-tune <script>\n## x",
    });
    expect(text).toMatch(/^# Fine-tune \\<script\\> \\#\\# x\n/);
    expect(text).toContain("Warning: \\<b\\>| x \\# y \\[z\\](w)");
  });
});

describe("distillReport", () => {
  const plan = distillOf(EXAMPLE_PLAN);
  const estimate = evaluateDistill(plan, facts);
  const report = distillReport(plan, estimate);

  it("says the chain's own numbers, the student's memory, the device and when it pays", () => {
    const { chain, teacher, student, edge, service } = estimate;
    expect(teacher?.outputTokens).toBe(409_600_000);
    if (!chain?.usd || !student || !service) throw new Error("this plan has all");
    expect(report).toMatchObject({ goal: "distill", word: "Works", problems: [] });
    const told = new Map(report.numbers.map((number) => [number.name, number]));
    expect(told.get("for the whole chain")).toMatchObject({
      value: formatUsd(chain.usd.value),
      interval: `${formatUsd(chain.usd.low)} – ${formatUsd(chain.usd.high)}`,
      basis: chain.usd.basis,
    });
    expect(told.get("from first to last")?.value).toBe(formatHours(chain.hours.value));
    expect(told.get(`on ${edge.chosen.name}`)?.value).toBe(
      `${formatNumber(edge.chosen.tokensPerSecond?.value ?? Number.NaN)} tok/s`,
    );
    const stages = cellsOf(report, "Chain");
    expect(stages.map(([name]) => name)).toEqual([...chain.stages.map(({ label }) => label), "In all"]);
    expect(stages[0]?.[1]).toBe("410M tokens");
    expect(stages.at(-2)?.[1]).toContain(formatFileSize(edge.file.bytes));
    expect(cellsOf(report, "Student").at(-2)).toEqual(["Total", formatGib(student.memory.total)]);
    expect(cellsOf(report, "Devices")[0]?.[0]).toBe(edge.chosen.name);
    const pays = service.breakEven[0]?.requests;
    expect(cellsOf(report, "Break-even")[0]?.[1]).toBe(pays ? rounded(pays.value) : "never");
  });

  it("says of a chain that does not work why, and leaves out what cannot be told", () => {
    const small: DistillPlan = { ...plan, cluster: { ...plan.cluster, accelerator: "rtx-4090" } };
    const bare = evaluateDistill(small, facts);
    const told = distillReport(small, bare);
    expect(told.word).toBe("Does not work");
    expect(told.problems).toEqual(bare.infeasible.map(({ message }) => message));
    expect(told.problems.length).toBeGreaterThan(0);
    const text = reportMarkdown(told, TEXT);
    expect(text).not.toMatch(/## (?:Chain|Break-even)/);
    expect(text).not.toContain("NaN");
  });

  it("is one Markdown document with every table", () => {
    const text = reportMarkdown(report, { ...TEXT, sentence: "Distil | a" });
    for (const name of ["Chain", "Student", "Devices", "Service", "Break-even", "Assumptions", "Link"])
      expect(text).toContain(`## ${name}\n`);
    expect(text).not.toMatch(/NaN|undefined/);
  });
});
