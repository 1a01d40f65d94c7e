/** Claims about tuning, training, licences and students. */
import { moeLayerCount } from "../domain/architecture.ts";
import { listArchitectureTensors } from "../tensors/architecture-tensors.ts";
import { weightTotals } from "../tensors/weight-totals.ts";
import { formatCount, formatFixed, formatGib, formatNumber, formatUsd } from "../units/format.ts";
import { statedOf, untold, type ClaimFacts, type Judge } from "./claim-answer.ts";
import { activeParameters } from "./claim-sizes.ts";

/** Mixed precision with Adam: BF16 weight and gradient, FP32 master copy and two moments. */
const ADAM_BYTES = 2 + 2 + 4 + 4 + 4;
/** Forward and backward: six operations a parameter and token. */
const TRAINING_FLOP = 6;
const TRAINING_TOKENS = 14.8e12;
/** The part that the training ran on. */
const TRAINED_ON = "h800-sxm";
/** The rate that the makers reckon with. */
const USD_PER_HOUR = 2;
/** More of the BF16 peak than any published training run reaches. */
const HIGHEST_UTILISATION = 0.6;
const GPUS = { accelerator: "a100-80-sxm", count: 4 } as const;

const gib = (bytes: number) => `${formatGib(bytes)} GiB`;
const tb = (bytes: number) => `${formatFixed(bytes / 1e12, 2)} TB`;
const percent = (share: number) => `${formatFixed(share * 100, 0)} %`;

export const judgeQlora: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  const gpu = facts.catalog.accelerators.get(GPUS.accelerator);
  if (stated === null || gpu === undefined) return untold("The figure or the accelerator is not known.");
  const { total, groups } = weightTotals(facts.architecture, "awq-int4", { mtpLayer: false });
  const have = gpu.memory.value * GPUS.count;
  const sums = `The 4-bit weights alone are ${gib(total)}; ${GPUS.count} × ${gpu.shortName} have ${gib(have)}`;
  if (total <= stated.high) return { verdict: "holds", finding: `${sums}.` };
  const layers = moeLayerCount(facts.architecture);
  const away = Math.ceil((total - stated.high) / (groups["routed-experts"] / layers));
  if (away > layers) return { verdict: "does-not-hold", finding: `${sums}.` };
  return {
    verdict: "holds-if",
    condition: `the experts of ${away} of ${layers} layers stay in host memory`,
    finding: `${sums}. ${gib(total - stated.high)} must lie elsewhere.`,
  };
};

export const judgeFullTuning: Judge = (claim, { architecture }) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const { parameters, total } = weightTotals(architecture, "bf16", { mtpLayer: false });
  const bytes = parameters * ADAM_BYTES;
  return {
    verdict: bytes > stated.low ? "holds" : "does-not-hold",
    finding:
      `${tb(bytes)} at ${ADAM_BYTES} bytes a parameter (weights, gradients, Adam), ` +
      `${formatNumber(bytes / stated.low, 2)} times the claim; weights and gradients alone are ${tb(2 * total)}.`,
  };
};

/** Inputs plus outputs of every projection of one layer: what an adapter of rank one has. */
function adapterSize(facts: ClaimFacts, suffixes: readonly string[] | null): number {
  return listArchitectureTensors(facts.architecture, { mtpLayer: false })
    .filter(({ layer, group, shape }) => layer === 0 && group === "attention" && shape.length === 2)
    .filter(({ name }) => suffixes === null || suffixes.some((suffix) => name.includes(suffix)))
    .reduce((sum, { shape }) => sum + (shape[0] ?? 0) + (shape[1] ?? 0), 0);
}

export const judgeMlaAdapter: Judge = (_claim, facts) => {
  const a = facts.architecture;
  const all = adapterSize(facts, null);
  const narrow = adapterSize(facts, ["q_a_proj", "kv_a_proj", "o_proj"]);
  const standard =
    3 * (a.hiddenSize + a.headCount * a.nopeHeadDim) + a.hiddenSize + a.headCount * a.valueHeadDim;
  const finding =
    `On every projection ${formatCount(all)} parameters a layer and rank, against ${formatCount(standard)} ` +
    `with q, k, v and o of ${a.headCount} heads: ${percent(Math.abs(all / standard - 1))} ${all > standard ? "more" : "less"}.`;
  if (all < standard) return { verdict: "holds", finding };
  if (narrow >= standard) return { verdict: "does-not-hold", finding };
  return {
    verdict: "holds-if",
    condition: "the up-projections carry none",
    finding: `${finding} Without q_b and kv_b it is ${formatCount(narrow)}.`,
  };
};

export const judgeTargets: Judge = (_claim, facts) => {
  const a = facts.architecture;
  const attention = adapterSize(facts, null) * a.layerCount;
  const expert = 3 * (a.hiddenSize + a.expertIntermediateSize);
  const experts = expert * a.routedExpertCount * moeLayerCount(a);
  return untold(
    `A choice, not a size. At rank 16, adapters on attention are ${formatNumber((16 * attention) / 1e6)} M ` +
      `parameters, on every routed expert ${formatNumber((16 * experts) / 1e9)} B.`,
  );
};

export const judgeFp8Training: Judge = (claim, { catalog }) => {
  const stated = statedOf(claim);
  const { bf16, fp8 } = catalog.accelerators.get(TRAINED_ON)?.peakDense ?? {};
  if (stated === null || bf16 === undefined || fp8 === undefined) return untold("The peaks are not known.");
  const most = 1 - bf16.value / fp8.value;
  const share = stated.low / most;
  const finding = `FP8 multiplies ${formatNumber(fp8.value / bf16.value, 1)} times as fast, so it saves at most ${percent(most)}.`;
  if (share > 1) return { verdict: "does-not-hold", finding };
  return {
    verdict: "holds-if",
    condition: `${percent(share)} of BF16 training time is matrix products`,
    finding: `${finding} Attention, communication and the optimizer stay as they are.`,
  };
};

export const judgeTrainingCost: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  const gpu = facts.catalog.accelerators.get(TRAINED_ON);
  const peak = gpu?.peakDense.bf16?.value;
  if (stated === null || gpu === undefined || peak === undefined) return untold("The peak is not known.");
  const flop = TRAINING_FLOP * activeParameters(facts) * TRAINING_TOKENS;
  const hours = stated.low / USD_PER_HOUR;
  const share = flop / (hours * 3600) / peak;
  const finding =
    `${formatUsd(stated.low)} buy ${formatNumber(hours / 1e6)} M hours of ${gpu.shortName} at ${formatUsd(USD_PER_HOUR)}; ` +
    `${formatNumber(flop / 1e24)}e24 operations in them use ${percent(share)} of the BF16 peak.`;
  if (share > HIGHEST_UTILISATION) return { verdict: "does-not-hold", finding };
  return {
    verdict: "holds-if",
    condition: `an hour costs ${formatUsd(USD_PER_HOUR)} and only the last run counts`,
    finding,
  };
};

export const judgeLicence: Judge = (_claim, { catalog }) => {
  const models = [...catalog.models.values()];
  const plain = models.filter(({ licence }) => licence === "MIT").map(({ name }) => name);
  const other = models.filter(({ licence }) => licence !== "MIT");
  const finding = `MIT: ${plain.join(", ") || "none"}.`;
  if (plain.length === 0) return { verdict: "does-not-hold", finding };
  if (other.length === 0) return { verdict: "holds", finding };
  return {
    verdict: "holds-if",
    condition: `the release is not ${other.map(({ name }) => name).join(" or ")}`,
    finding: `${finding} ${other[0]?.name ?? ""}: ${other[0]?.licence ?? ""}.`,
  };
};

export const judgeStudent: Judge = (claim, { architecture }) => {
  const stated = statedOf(claim);
  const { total } = weightTotals(architecture, "bf16", { mtpLayer: false });
  const sizes =
    stated === null
      ? ""
      : ` In BF16 the student is ${formatCount((2 * stated.low) / 1e9)} to ${formatCount((2 * stated.high) / 1e9)} GB, the teacher ${formatCount(total / 1e9)}.`;
  return untold(`What most users do best with is no figure.${sizes}`);
};
