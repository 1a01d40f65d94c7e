/** Lines of a text that comes in pieces. */
import { MOST_CHARACTERS, type FileParser } from "./file-record.ts";

export interface LineSink {
  line(text: string, number: number): void;
  problem(line: number, problem: string): void;
}

/** Ends of line are `\n`, `\r\n` and nothing else; a line over the limit is a problem, and the next one counts. */
export function createLines(sink: LineSink, most = MOST_CHARACTERS): FileParser {
  let parts: string[] = [];
  let held = 0;
  let number = 1;
  const finish = (tail: string) => {
    if (held + tail.length > most) {
      sink.problem(number, `longer than ${most} characters`);
    } else {
      const line = parts.length === 0 ? tail : parts.join("") + tail;
      sink.line(line.endsWith("\r") ? line.slice(0, -1) : line, number);
    }
    parts = [];
    held = 0;
    number++;
  };
  return {
    push(text) {
      let from = 0;
      for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
        finish(text.slice(from, at));
        from = at + 1;
      }
      const rest = text.length - from;
      if (rest === 0) return;
      held += rest;
      if (held <= most) parts.push(text.slice(from));
      else parts = [];
    },
    end() {
      if (held > 0) finish("");
    },
  };
}
