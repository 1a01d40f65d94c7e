/** Claims about the architecture and the size of its weights and cache. */
import { moeLayerCount } from "../domain/architecture.ts";
import { ggufLayerBytes } from "../tensors/gguf-layer-bytes.ts";
import { kvBytesPerTokenLayer } from "../tensors/kv-cache.ts";
import { weightTotals } from "../tensors/weight-totals.ts";
import { formatCount, formatFixed, formatGib, formatNumber } from "../units/format.ts";
import { localPlan, near, statedOf, tryPlan, untold, type ClaimFacts, type Judge } from "./claim-answer.ts";

const STOCK = { imatrix: false, mtpLayer: false } as const;
const LARGE_NODES = ["h100-sxm", "h200-sxm"] as const;

const billions = (n: number) => `${formatFixed(n / 1e9, 2)} B`;
const gb = (bytes: number) => `${formatFixed(bytes / 1e9, 1)} GB`;
const gib = (bytes: number) => `${formatGib(bytes)} GiB`;
const percent = (share: number) => `${formatFixed(share * 100, 1)} %`;

export function ggufTotal({ architecture }: ClaimFacts, type: "Q4_K_M" | "Q5_K_M" | "Q8_0"): number {
  return ggufLayerBytes(architecture, type, STOCK).total;
}

/** Parameters that one token multiplies with: all but the experts that it is not routed to. */
export function activeParameters({ architecture: a }: ClaimFacts): number {
  const all = weightTotals(a, "bf16", { mtpLayer: false });
  const routed = all.groups["routed-experts"] / 2;
  return all.parameters - routed * (1 - a.expertsPerToken / a.routedExpertCount);
}

export const judgeParameters: Judge = (claim, facts) => {
  const a = facts.architecture;
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const count = weightTotals(a, "bf16", { mtpLayer: false }).parameters;
  const withMtp = weightTotals(a, "bf16", { mtpLayer: true }).parameters;
  const active = activeParameters(facts);
  const experts = `${a.expertsPerToken} of ${a.routedExpertCount} routed experts and ${a.sharedExpertCount} shared`;
  return {
    verdict: near(stated.low, count) ? "holds" : "does-not-hold",
    finding:
      `${billions(count)} without the MTP layer, ${billions(withMtp)} with it; ${billions(active)} ` +
      `for a token, with ${experts} in each of ${moeLayerCount(a)} layers.`,
  };
};

export const judgeContext: Judge = (claim, { architecture }) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const longest = architecture.maxContextTokens;
  return {
    verdict: longest >= stated.low ? "holds" : "does-not-hold",
    finding: `The configuration allows ${formatCount(longest)} positions; ${formatCount(stated.low)} are inside.`,
  };
};

export const judgeCache: Judge = (claim, { architecture: a }) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const own = kvBytesPerTokenLayer(a, "bf16") * a.layerCount;
  const headBytes = 2 * (a.nopeHeadDim + a.valueHeadDim) * a.layerCount;
  const standard = headBytes * a.headCount;
  const saving = 1 - own / standard;
  const heads = Math.round(own / (1 - stated.low) / headBytes);
  return {
    verdict: saving >= stated.low ? "holds" : "does-not-hold",
    finding:
      `${formatCount(own)} B a token against ${formatCount(standard)} with ${a.headCount} heads: ` +
      `${percent(saving)} less. ${percent(stated.low)} would be against ${heads} key-value heads.`,
  };
};

export const judgeQ4Size: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const bytes = ggufTotal(facts, "Q4_K_M");
  const inside = (n: number) => n >= stated.low / 1e9 && n <= stated.high / 1e9;
  const finding = `${gb(bytes)}, which is ${gib(bytes)}.`;
  if (inside(bytes / 1e9)) return { verdict: "holds", finding };
  if (!inside(bytes / 1024 ** 3)) return { verdict: "does-not-hold", finding };
  return {
    verdict: "holds-if",
    condition: "the figures are GiB",
    finding: `${finding} In GB the claim is ${gb(bytes - stated.high)} short.`,
  };
};

export const judgeQ8Size: Judge = (claim, facts) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const bytes = ggufTotal(facts, "Q8_0");
  const nodes = LARGE_NODES.map((accelerator) => {
    const plan = localPlan({ weights: "gguf:Q8_0", accelerator, count: 8 });
    const name = facts.catalog.accelerators.get(accelerator)?.shortName ?? accelerator;
    return { name, fits: tryPlan(plan, facts).fits };
  });
  const holding = nodes.filter(({ fits }) => fits).map(({ name }) => `8 × ${name}`);
  const short = nodes.filter(({ fits }) => !fits).map(({ name }) => `8 × ${name}`);
  const size = `${gb(bytes)}, which is ${gib(bytes)}.`;
  if (!near(stated.low, bytes)) return { verdict: "does-not-hold", finding: size };
  if (holding.length === 0) return { verdict: "holds", finding: `${size} No single node tried holds it.` };
  return {
    verdict: short.length > 0 ? "holds-if" : "does-not-hold",
    ...(short.length > 0 ? { condition: `a node is ${short.join(" or ")}` } : {}),
    finding: `${size} One node of ${holding.join(" or ")} holds it${short.length > 0 ? `; ${short.join(", ")} does not` : ""}.`,
  };
};

export const judgeFp16Size: Judge = (claim, { architecture }) => {
  const stated = statedOf(claim);
  if (stated === null) return untold("The claim names no figure.");
  const { total } = weightTotals(architecture, "bf16", { mtpLayer: false });
  const withMtp = weightTotals(architecture, "bf16", { mtpLayer: true }).total;
  return {
    verdict: near(stated.low, total) ? "holds" : "does-not-hold",
    finding: `${gb(total)}, ${gib(total)}; ${gb(withMtp)} with the MTP layer.`,
  };
};

export const judgeQuality: Judge = (_claim, facts) => {
  const types = ["Q4_K_M", "Q5_K_M"] as const;
  const known = types.map((type) => facts.quality.rows.find(({ weights }) => weights === `gguf:${type}`));
  const sizes = types.map((type) => `${type} ${gib(ggufTotal(facts, type))}`).join(", ");
  const [four, five] = known;
  if (four === undefined || five === undefined) {
    const missing = types.filter((_, i) => known[i] === undefined).join(" or ");
    return untold(`No perplexity of ${missing} is published for this model; the sizes are ${sizes}.`);
  }
  return {
    verdict: "holds-if",
    condition: "perplexity decides",
    finding: `${sizes}; perplexity ${formatNumber(four.perplexity, 5)} and ${formatNumber(five.perplexity, 5)}.`,
  };
};
