import { formatShare } from "../../../core/units/format.ts";

interface Limited {
  readonly limitedBy: { readonly resource: string; readonly share: number };
}

/** What sets the pace, and how much of a step it takes, which is not broken over lines. */
export function limitWords(performance: Limited | null): string {
  if (performance === null) return "";
  const { resource, share } = performance.limitedBy;
  return `${resource}, ${`${formatShare(share)} of the step`.replaceAll(" ", "\u00a0")}`;
}
