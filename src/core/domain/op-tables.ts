/**
 * Measured operator latencies of one accelerator, distilled: planner-data/op-latency/<accelerator>.json
 * parsed by core/catalog. Axes ascend; values are milliseconds in row-major order over the axes.
 */
export interface OpTable {
  /** `moe`, `mla-decode`, `mla-prefill`, `gemm`, `bmm`, `all-reduce`, `deepep-low-latency` ... */
  readonly op: string;
  /** Fixed keys of this table: dtype, moeTp, moeEp, heads, n, k, gpus ... */
  readonly key: Readonly<Record<string, string | number>>;
  readonly engine: string;
  readonly version: string;
  readonly axes: readonly { readonly name: string; readonly knots: readonly number[] }[];
  readonly ms: readonly number[];
  /** Leave-one-out interpolation error of the resampling, relative: median and 95th percentile. */
  readonly interpolationError: { readonly median: number; readonly p95: number };
}

export interface OpTableSet {
  readonly accelerator: string;
  readonly source: string;
  readonly tables: readonly OpTable[];
}
