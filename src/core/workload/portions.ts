/** Computations that are advanced in portions, so that whoever drives them may stop or report in between. */

/** Runs it to its end. */
export function lastOf<T>(steps: Generator<unknown, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** The same, with what it hands over in other words. */
export function* reporting<From, To, T>(steps: Generator<From, T>, of: (from: From) => To): Generator<To, T> {
  let step = steps.next();
  for (; !step.done; step = steps.next()) yield of(step.value);
  return step.value;
}
