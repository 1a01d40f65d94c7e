/** Patterns of per-tensor type overrides: a small, safe part of regular expressions that every reader takes alike. */

export const MAX_TENSOR_TYPES = 32;
export const MAX_PATTERN_LENGTH = 200;

/** Tensor names are lower case, digits, dots and underscores; the rest are the operators that are allowed. */
const ALPHABET = /^[a-z0-9_.\\()|[\]^$?+*-]+$/;
/** Two of them can cost the square of a name's length at worst, and names are short. */
const MAX_QUANTIFIERS = 2;
/** Two repetitions and some sixteen alternatives: enough for lists of layers and parts, and read at once. */
const MAX_WAYS = 4096;
/** Of `*` and `+`: about half a tensor's name. */
const WAYS_OF_REPETITION = 16;
const QUANTIFIED_GROUP = /\)[*+?]/;
const DOUBLED = /[*+?]{2}/;
/** `(?...` is another language in every reader; escapes beside a dot and a digit are not needed. */
const SPECIAL_GROUP = /\(\?/;
const OTHER_ESCAPE = /\\(?![.d])/;

/**
 * Why a pattern is not taken; `undefined` when it is.
 *
 * A plan may come from a link, and the pattern goes to a shell word, to llama-quantize's reader (which cuts
 * at `=` and folds case) and to two regular-expression engines: so no quotes, no line breaks, no `=`, no
 * upper case, and nothing that can take exponential time.
 */
export function findPatternFault(pattern: string): string | undefined {
  if (pattern === "") return "is empty";
  if (pattern.length > MAX_PATTERN_LENGTH) return `is longer than ${MAX_PATTERN_LENGTH} characters`;
  if (!ALPHABET.test(pattern)) return "holds characters that no tensor name has";
  if (SPECIAL_GROUP.test(pattern)) return "holds a special group";
  if (OTHER_ESCAPE.test(pattern)) return "escapes something else than a dot or a digit";
  if (DOUBLED.test(pattern) || QUANTIFIED_GROUP.test(pattern)) return "repeats a repetition";
  const quantifiers = pattern.replaceAll(/\[[^\]]*\]/g, "x").match(/[*+?]/g)?.length ?? 0;
  if (quantifiers > MAX_QUANTIFIERS) return `repeats more than ${MAX_QUANTIFIERS} times`;
  try {
    new RegExp(pattern);
  } catch {
    return "is no regular expression";
  }
  if (countWays(pattern) > MAX_WAYS) return "has too many alternatives";
  return undefined;
}

/** An atom of a pattern without special groups: an escape, a class, or one character. */
const ATOM = /\\.|\[[^\]]*\]|./g;

/**
 * In how many ways a reader that tries one after the other can go through a pattern, at most.
 *
 *   sequence = product of its parts; group = sum of its alternatives; x? = 2 x; x* and x+ = 16 x
 *
 * A chain of groups doubles with each, whatever its length: `(.|.)(.|.)…` is exponential without a repetition.
 *
 * pattern  balanced, as `RegExp` takes it
 */
function countWays(pattern: string): number {
  const open = [{ others: 0, ways: 1 }];
  for (const [atom] of pattern.matchAll(ATOM)) {
    const group = open[open.length - 1];
    if (!group) break;
    if (atom === "(") open.push({ others: 0, ways: 1 });
    else if (atom === "|") {
      group.others += group.ways;
      group.ways = 1;
    } else if (atom === "?") group.ways *= 2;
    else if (atom === "*" || atom === "+") group.ways *= WAYS_OF_REPETITION;
    else if (atom === ")") {
      open.pop();
      const outer = open[open.length - 1];
      if (outer) outer.ways *= group.others + group.ways;
    }
  }
  return open.reduce((ways, group) => ways + group.others + group.ways, 0);
}
