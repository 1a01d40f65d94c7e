/** A text, a page of Markdown, a source file: one prompt, as long as it is. */
import type { WorkloadFileOptions } from "../../domain/workload-file.ts";
import type { FileParser, RecordSink } from "./file-record.ts";
import type { RecordCounter } from "./record-counter.ts";
import { CutCounter } from "./text-cuts.ts";
import type { EncodeTokens } from "./token-encoder.ts";

/** Counts in pieces as the text comes, so that its length does not matter. */
export function createDocument(
  encode: EncodeTokens,
  sink: RecordSink,
  counter: RecordCounter,
  options: WorkloadFileOptions,
): FileParser {
  const cutter = new CutCounter(encode, (ids) => {
    counter.counted.countedTokens += ids.length;
  });
  return {
    push: (text) => cutter.push(text),
    end() {
      const { tokens, roughCuts } = cutter.end();
      const marks = options.prompts === "completion" ? 1 : 3;
      counter.counted.countedTokens += marks;
      counter.counted.templateTokens += marks;
      counter.counted.roughCuts += roughCuts;
      const input = { kind: "count", tokens: tokens + marks } as const;
      sink.record({ kind: "request", shape: "document", input, output: null }, 1);
    },
  };
}
