/** Lengths and moments of one record, by the roles of its fields. */
import type { FileRecord } from "./file-record.ts";
import type { Role } from "./known-names.ts";
import { asCount, asNumber, asTime } from "./read-fields.ts";

export type ByRole = ReadonlyMap<Role, unknown>;

export interface Moments {
  atMs?: number;
  endMs?: number;
}

export function momentsOf(roles: ByRole): Moments {
  const at = asTime(roles.get("time"));
  const end = asTime(roles.get("end"));
  const seconds = asNumber(roles.get("durationS"));
  const ms = asNumber(roles.get("durationMs")) ?? (seconds === undefined ? undefined : seconds * 1e3);
  const moments: Moments = {};
  if (at !== undefined) moments.atMs = at;
  else if (end !== undefined && ms !== undefined && ms >= 0) moments.atMs = end - ms;
  if (end !== undefined) moments.endMs = end;
  else if (at !== undefined && ms !== undefined && ms >= 0) moments.endMs = at + ms;
  return moments;
}

/** A record of counts alone; undefined where it has neither an input nor an output length. */
export function countsOf(roles: ByRole): FileRecord | undefined {
  const input = asNumber(roles.get("inputTokens"));
  const output = asNumber(roles.get("outputTokens"));
  if (input === undefined && output === undefined) return undefined;
  const weight = asCount(roles.get("requests")) ?? 1;
  if (weight === 0) return undefined;
  const part = (total: number | undefined) => {
    const tokens = asCount(total === undefined ? undefined : total / weight);
    return tokens === undefined ? null : ({ kind: "count", tokens } as const);
  };
  const [inputPart, outputPart] = [part(input), part(output)];
  if (inputPart === null && outputPart === null) return undefined;
  const cached = asCount(roles.get("cachedTokens"));
  return {
    kind: "request",
    shape: "counts",
    input: inputPart,
    output: outputPart,
    ...momentsOf(roles),
    ...(cached !== undefined && { cachedTokens: cached / weight }),
    ...(weight > 1 && { weight }),
  };
}
