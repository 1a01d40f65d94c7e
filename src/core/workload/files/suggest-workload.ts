/** What a plan would say of the workload in a file: averages, and the rate of the busiest hour. */
import type {
  ArrivalSummary,
  ConcurrencySummary,
  LengthSummary,
  PrefixSummary,
  WorkloadFileOptions,
  WorkloadSuggestion,
} from "../../domain/workload-file.ts";

/** Context of DeepSeek-V3's published configuration (max_position_embeddings 163,840). */
const CONTEXT_TOKENS = 163_840;
const HOUR = 3_600_000;

interface Facts {
  readonly input: LengthSummary | null;
  readonly output: LengthSummary | null;
  readonly arrivals: ArrivalSummary | null;
  readonly concurrency: ConcurrencySummary | null;
  readonly prefix: PrefixSummary | null;
}

export function suggestWorkload(
  { input, output, arrivals, concurrency, prefix }: Facts,
  options: WorkloadFileOptions,
): { readonly suggestion: WorkloadSuggestion; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const tooLong = input !== null && input.max > CONTEXT_TOKENS;
  if (tooLong)
    notes.push(`the longest prompt is longer than the model's context of ${CONTEXT_TOKENS} tokens`);
  const block = options.blockTokens ?? 64;
  const hit =
    prefix?.reportedHitShare ?? prefix?.byBlock.find(({ blockTokens }) => blockTokens === block)?.hitShare;
  const long = arrivals !== null && arrivals.endMs - arrivals.startMs >= 2 * HOUR;
  const rate = arrivals
    ? long
      ? arrivals.peakHourRequestsPerSecond
      : arrivals.requestsPerSecond
    : undefined;
  if (arrivals && !arrivals.calendar)
    notes.push("times count from the file's own zero: hours of the day mean nothing");
  const suggestion: WorkloadSuggestion = {
    ...(input !== null && input.mean <= CONTEXT_TOKENS && { inputTokens: atLeastOne(input.mean) }),
    ...(output !== null && output.mean <= CONTEXT_TOKENS && { outputTokens: atLeastOne(output.mean) }),
    ...(rate !== undefined && { requestsPerSecond: Number(rate.toPrecision(4)) }),
    ...(rate === undefined && concurrency !== null && concurrency.mean >= 0.5
      ? { concurrency: Math.max(1, Math.round(concurrency.mean)) }
      : {}),
    ...(hit !== undefined && hit !== null && { prefixHitRate: Math.min(1, Number(hit.toFixed(3))) }),
  };
  return { suggestion, notes };
}

const atLeastOne = (tokens: number): number => Math.max(1, Math.round(tokens));
