import { formatCount, formatTokensShort } from "../../core/units/format.ts";
import type { Amount } from "./choices.ts";

/** A number as its field shows it before anybody types: short where that is exact. */
export function writeAmount({ kind, value }: Pick<Amount, "kind" | "value">): string {
  return kind === "tokens" ? formatTokensShort(value) : formatCount(value);
}
