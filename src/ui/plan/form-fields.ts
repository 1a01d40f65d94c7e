/** Fields of a plan as rows of a form: what is shown, and the plan that an entry writes. */
import { formatCount, formatTokensShort } from "../../core/units/format.ts";
import type { QuantityKind } from "../../core/units/parse-quantity.ts";

export interface AmountRow<P> {
  readonly path: string;
  readonly label: string;
  readonly kind: QuantityKind;
  /** As the field shows it; empty: not given. */
  readonly text: string;
  /** `undefined`: the field is emptied. */
  readonly put: (value: number | undefined) => P;
}

export interface ChoiceField<P> {
  readonly path: string;
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly put: (value: string) => P;
}

export interface SwitchField<P> {
  readonly path: string;
  readonly label: string;
  readonly on: boolean;
  readonly put: (on: boolean) => P;
}

export interface FieldGroup<P> {
  readonly title: string;
  readonly amounts: readonly AmountRow<P>[];
  readonly choices: readonly ChoiceField<P>[];
  readonly switches: readonly SwitchField<P>[];
}

const print = (kind: QuantityKind, value: number | undefined): string =>
  value === undefined
    ? ""
    : kind === "tokens"
      ? formatTokensShort(value)
      : Number.isInteger(value)
        ? formatCount(value)
        : String(Number(value.toPrecision(6)));

type Amounts<T> = readonly (readonly [key: keyof T & string, label: string, kind: QuantityKind])[];

/** Paths of a form's fields with their labels, in its order. */
export const labelsOf = <P>(groups: readonly FieldGroup<P>[]): readonly (readonly [string, string])[] =>
  groups.flatMap(({ amounts, choices, switches }) =>
    [...amounts, ...choices, ...switches].map(({ path, label }) => [path, label] as const),
  );

/** One row an optional or required number of a part of the plan. */
export function amountsOf<P, T extends object>(
  root: string,
  part: T,
  rows: Amounts<T>,
  put: (part: T) => P,
): AmountRow<P>[] {
  return rows.map(([key, label, kind]) => ({
    path: `${root}.${key}`,
    label,
    kind,
    text: print(kind, part[key] as number | undefined),
    put: (value) => {
      const { [key]: _old, ...rest } = part;
      return put((value === undefined ? rest : { ...rest, [key]: value }) as T);
    },
  }));
}

export const options = (values: readonly (readonly [value: string, label: string])[]) =>
  values.map(([value, label]) => ({ value, label }));
