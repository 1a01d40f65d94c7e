/** The attention cores of one instance: measured or a roofline, dense or sparse. */
import {
  absorbedDecodeWork,
  AttentionOperator,
  expandedPrefillWork,
  type AttentionCore,
} from "../ops/attention-operator.ts";
import { SparseAttention } from "../ops/sparse-attention.ts";
import { peaks, type Shop } from "./gpu-shop.ts";

export function cores(
  shop: Shop,
  cacheBytes: number,
): { decodeCore: AttentionCore; prefillCore: AttentionCore } {
  const { architecture: a, accelerator, layout, tables, profile } = shop;
  const rows = layout.heads * layout.contextShards * (1 + layout.draftTokens);
  const cache = cacheBytes === 1 ? "fp8" : "bf16";
  const decode = new AttentionOperator(
    tables?.cutSurface(`mla-decode ${cache}`, rows) ?? null,
    absorbedDecodeWork(a, rows, cacheBytes),
    peaks(accelerator, accelerator.nativeFp8 && cacheBytes === 1 ? "fp8" : "bf16"),
    profile.decodeAttention,
    profile.basis,
  );
  const fp8 = accelerator.nativeFp8 ? "fp8" : "bf16";
  const prefill = new AttentionOperator(
    tables?.cutSurface("mla-prefill", layout.heads, 2) ?? null,
    expandedPrefillWork(a, layout.heads),
    peaks(accelerator, fp8),
    profile.prefillAttention,
    profile.basis,
  );
  if (a.indexer === undefined) return { decodeCore: decode, prefillCore: prefill };
  const common = {
    architecture: a,
    indexer: a.indexer,
    peaks: peaks(accelerator, fp8),
    scoring: profile.gemm,
  };
  return {
    decodeCore: new SparseAttention({
      ...common,
      heads: rows,
      dense: decode,
      phase: "decode",
      efficiency: profile.decodeAttention,
    }),
    prefillCore: new SparseAttention({
      ...common,
      heads: layout.heads,
      dense: prefill,
      phase: "prefill",
      efficiency: profile.prefillAttention,
    }),
  };
}
