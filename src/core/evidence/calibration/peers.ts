/** What published planners reach on the same kind of records. */
import { errorOf, type CalibrationRow } from "./rows.ts";

/**
 * Mean absolute errors in percent, measured in August and September 2026 by running aiconfigurator 0.11
 * (ai-dynamo, Apache-2.0) and vllm-capacity-planner (MIT) on InferenceX rows of DeepSeek-R1: aggregated, at
 * most 8 GPUs, no drafts. Their rows are of the same campaign but not the same selection as ours.
 */
const PEERS: readonly {
  readonly system: string;
  readonly accelerator: string;
  readonly engine: string;
  readonly weights: string;
  readonly figures: readonly [string, string, string, string];
}[] = [
  {
    system: "H200 TensorRT-LLM FP8",
    accelerator: "h200-sxm",
    engine: "tensorrt-llm",
    weights: "fp8",
    figures: ["7.0", "45", "41", "89"],
  },
  {
    system: "H200 SGLang FP8",
    accelerator: "h200-sxm",
    engine: "sglang",
    weights: "fp8",
    figures: ["63", "36", "31", "88"],
  },
  {
    system: "B200 SGLang FP8",
    accelerator: "b200-sxm",
    engine: "sglang",
    weights: "fp8",
    figures: ["30", "45", "45", "96"],
  },
  {
    system: "B200 SGLang NVFP4",
    accelerator: "b200-sxm",
    engine: "sglang",
    weights: "nvfp4",
    figures: ["28", "91", "67", "99"],
  },
  {
    system: "B200 TensorRT-LLM NVFP4",
    accelerator: "b200-sxm",
    engine: "tensorrt-llm",
    weights: "nvfp4",
    figures: ["32", "47", "59", "95"],
  },
  {
    system: "B200 TensorRT-LLM FP8",
    accelerator: "b200-sxm",
    engine: "tensorrt-llm",
    weights: "fp8",
    figures: ["none", "none", "51", "94"],
  },
];
const ALL = ["32", "61", "50", "94"] as const;

const HEAD =
  "| aggregated, one node, no drafts | records | Fathom TPOT | TTFT | aiconfigurator TPOT | TTFT | vllm-capacity-planner TPOT | TTFT |";
const NOTE = `Mean error in percent; Fathom's is held out by source and machine. The others were run in August and September 2026 on
rows of the same campaign (121 and 99 of 144 rows; versions 0.11 and of 2026-08-02); TTFT that suspect.json doubts is not in Fathom's.
`;

export function peerTable(rows: readonly CalibrationRow[], ratios: readonly (number | null)[]): string {
  const ours = (keep: (row: CalibrationRow) => boolean, kind: string) => {
    const errors = rows.flatMap((row, i) => {
      const ratio = ratios[i] ?? null;
      const plain =
        row.completed.plan.layout.disaggregated === null && row.record.source.includes("InferenceX");
      return ratio !== null && row.kind === kind && plain && keep(row) ? [errorOf(row, ratio)] : [];
    });
    const mean = errors.reduce((sum, e) => sum + e, 0) / errors.length;
    return { count: errors.length, text: (100 * mean).toFixed(1) };
  };
  const line = (name: string, keep: (row: CalibrationRow) => boolean, figures: readonly string[]) =>
    `| ${[name, ours(keep, "tpot").count, ours(keep, "tpot").text, ours(keep, "ttft").text, ...figures].join(" | ")} |`;
  const lines = PEERS.map(({ system, accelerator, engine, weights, figures }) => {
    const keep = ({ accelerator: a, completed: { plan } }: CalibrationRow) =>
      a === accelerator && plan.engine === engine && plan.weights === weights;
    return line(system, keep, figures);
  });
  const ruler = `|${" --- |".repeat(8)}`;
  return [NOTE, HEAD, ruler, ...lines, line("all", () => true, ALL), ""].join("\n");
}
