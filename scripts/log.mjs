// @ts-check
/** What the house scripts print: plain lines, so that logs read well without a terminal. */
/** @param {string} text */
export function say(text) {
  process.stdout.write(`${text}\n`);
}
