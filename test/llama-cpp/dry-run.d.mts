export interface QuantizeJob {
  readonly type: string;
  readonly imatrix: boolean;
  readonly overrides?: readonly { readonly pattern: string; readonly type: string }[];
}
export interface QuantizeResult extends QuantizeJob {
  readonly tensors: readonly (readonly [name: string, type: string, bytes: number])[];
  readonly needsImatrix: boolean;
}
export interface LoadJob {
  readonly kind: "load";
  readonly mtpLayer: boolean;
}
export interface LoadResult {
  readonly loads: boolean;
  readonly log: string;
}
export function runJobs(path: string, jobs: readonly QuantizeJob[]): Promise<QuantizeResult[]>;
export function runJobs(path: string, jobs: readonly LoadJob[]): Promise<LoadResult[]>;
