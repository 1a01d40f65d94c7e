/** What a command sees of the process, so that tests can stand in for it. */
export interface Io {
  /** Everything on stdin. */
  readonly stdin: () => Promise<string>;
  readonly stdinLines: () => AsyncIterable<string>;
  readonly out: (text: string) => Promise<void>;
  readonly err: (text: string) => void;
}

/** The contract with scripts. 1 is left for bugs. */
export const EXIT = { done: 0, badInput: 2, infeasible: 3 } as const;

/** One line for stderr: control characters cannot break it up or reach a terminal. */
export function oneLine(text: string): string {
  return plainText(text)
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, 600);
}

/** The formatter's thin spaces and true minus, as every terminal and every `cut` knows them. */
export function plainText(text: string): string {
  return text.replaceAll(/[\u00a0\u202f]/g, " ").replaceAll("\u2212", "-");
}

export const printJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
