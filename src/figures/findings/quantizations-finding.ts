import { formatNumber } from "../../core/units/format.ts";
import { counted, list, numberWord, capitalised, times } from "./words.ts";

export interface FormatOutcome {
  readonly name: string;
  readonly fits: boolean;
  readonly bits: number | null;
  /** tok/s of the whole cluster. */
  readonly total: number | null;
  readonly own: boolean;
}

/** How many formats fit, and which of them is fastest beside the plan's own. */
export function formatsFinding(rows: readonly FormatOutcome[]): string {
  const fitting = rows.filter(({ fits }) => fits);
  if (fitting.length === 0) return `None of ${counted(rows.length, "format")} fits this cluster.`;
  const head = `${capitalised(numberWord(fitting.length))} of ${rows.length} formats fit`;
  const ranked = fitting
    .filter((row): row is FormatOutcome & { total: number } => row.total !== null)
    .toSorted((a, b) => b.total - a.total);
  const [first] = ranked;
  const own = ranked.find((row) => row.own);
  if (!first) return `${head}; how fast they are is unknown.`;
  const best = `${first.name} is fastest, at ${formatNumber(first.total)} tok/s`;
  if (first === own) return `${head}; ${best}, and this plan has it.`;
  if (!own) return `${head}; ${best}.`;
  return `${head}; ${best}, ${times(first.total / own.total)} the ${own.name} of this plan.`;
}

export interface MixOutcome {
  readonly name: string;
  readonly bytes: number;
  readonly expertBytes: number;
  readonly experts: readonly { readonly part: string; readonly layer: number; readonly type: string }[];
}

/** What share is routed experts, and where the mix gives some layers another type. */
export function mixFinding({ name, bytes, expertBytes, experts }: MixOutcome): string {
  if (bytes <= 0) return `The tensors of ${name} are not known.`;
  const share = `${((expertBytes / bytes) * 100).toFixed(1)} % of ${name} is routed experts`;
  const parts = ["down", "gate", "up"].flatMap((part) => {
    const of = experts.filter((cell) => cell.part === part);
    const counts = new Map<string, number>();
    for (const { type } of of) counts.set(type, (counts.get(type) ?? 0) + 1);
    const [, ...lesser] = [...counts].sort((a, b) => b[1] - a[1]);
    return lesser.map(([type, n]) => `ffn_${part} is ${type} in ${n} of ${of.length} layers`);
  });
  if (parts.length > 0) return `${share}; ${list(parts.slice(0, 2))}.`;
  const types = new Set(experts.map(({ type }) => type));
  return types.size === 1 ? `${share}, all of one type.` : `${share}.`;
}
