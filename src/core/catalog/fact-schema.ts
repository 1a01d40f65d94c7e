/**
 * Building blocks of every catalog schema: a fact is refused unless it has a value, the unit that the
 * field is kept in, a basis and a source. No schema transforms numbers: files hold base units.
 */
import * as v from "valibot";

const DATE = /^\d{4}(-\d{2}(-\d{2})?)?$/;

export const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
export const date = v.pipe(v.string(), v.regex(DATE, "expected a date (YYYY, YYYY-MM or YYYY-MM-DD)"));
export const basis = v.picklist(["measured", "datasheet", "derived", "assumed"]);
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
export const notNegative = v.pipe(v.number(), v.finite(), v.minValue(0));
export const count = v.pipe(v.number(), v.integer(), v.minValue(1));
export const quality = v.picklist(["high", "medium", "low"]);
export const term = v.picklist(["on-demand", "spot", "reserved-1y", "reserved-3y"]);

/** A positive number in `unit` with where it comes from. */
export function fact<const U extends string>(unit: U) {
  return factOf(positive, unit);
}

/** A fact about something else than a positive number: dates. */
export function factOf<const V extends v.GenericSchema, const U extends string>(value: V, unit: U) {
  return v.strictObject({
    value,
    unit: v.literal(unit),
    basis,
    source: text,
    date: v.optional(date),
    note: v.optional(text),
  });
}

/** Before schemas whose keys are all optional or free: Valibot would take a list for an empty object. */
export function notList<S extends v.GenericSchema>(schema: S) {
  return v.pipe(
    v.custom<v.InferInput<S>>((value) => !Array.isArray(value)),
    schema,
  );
}

/** The head of a table of rows: names are checked, so a moved column is refused and not misread. */
export function columns(names: readonly string[]) {
  return v.strictTuple(names.map((name) => v.literal(name)));
}
