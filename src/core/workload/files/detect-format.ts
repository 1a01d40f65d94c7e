/** What a file is, by its first characters and its name. */
import type { WorkloadFileFormat } from "../../domain/workload-file.ts";
import { delimiterOf } from "./csv-rows.ts";
import { roleOf } from "./known-names.ts";
import { parseJson } from "./json-values.ts";

/** Enough for the banner that servers print before their first request. */
export const HEAD_CHARACTERS = 1 << 16;

const SGLANG = /GenerateReqInput\(|Prefill batch|Decode batch|server_args=ServerArgs\(/;
const VLLM = /Received request \S+|Avg prompt throughput: |vLLM API server version|\[async_llm\.py:\d+\]/;
const METRICS = /^(?:# (?:HELP|TYPE) \S+|(?:vllm|sglang):\w+(?:\{[^\n]*\})? [\d.]+)/m;

/** `text` where nothing else fits: then it is one document. */
export function detectFormat(head: string, name = ""): WorkloadFileFormat {
  if (head.trim() === "") return "empty";
  if (looksBinary(head)) return "binary";
  const start = head.trimStart();
  const extension = /\.([a-z0-9]+)$/.exec(name.toLowerCase())?.[1] ?? "";
  if (extension === "jsonl" || extension === "ndjson") return "json-lines";
  if (SGLANG.test(head) && !start.startsWith("{")) return "sglang-log";
  if (VLLM.test(head) && !start.startsWith("{")) return "vllm-log";
  if (start.startsWith("{") && !isProse(extension)) return objectForm(start);
  if (/^\[\s*(?:[[{"\]]|$)/.test(start) && !isProse(extension)) return "json";
  if (METRICS.test(head)) return "prometheus";
  if (extension === "csv" || extension === "tsv" || looksTabular(start)) return "csv";
  return "text";
}

/** Code and Markdown may begin with a brace and are still one document. */
const isProse = (extension: string): boolean =>
  ["md", "markdown", "ts", "js", "mjs", "c", "h", "cpp", "css", "go", "rs", "java", "py", "tex"].includes(
    extension,
  );

/** Zero bytes, or more controls and broken characters than any text has. */
function looksBinary(head: string): boolean {
  let odd = 0;
  for (let i = 0; i < head.length; i++) {
    const code = head.charCodeAt(i);
    if (code === 0) return true;
    if (code === 0xfffd || (code < 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09 && code !== 0x1b))
      odd++;
  }
  return odd > 8 && odd > 0.02 * head.length;
}

/** One object a line, or one object over many lines. */
function objectForm(start: string): "json" | "json-lines" {
  const end = start.indexOf("\n");
  const first = (end < 0 ? start : start.slice(0, end)).trimEnd();
  if (end < 0) return "json-lines";
  if ("value" in parseJson(first)) return "json-lines";
  return /[{[,]$/.test(first) || first === "{" ? "json" : "json-lines";
}

function looksTabular(start: string): boolean {
  const [first = "", second = ""] = start.split("\n", 2);
  const delimiter = delimiterOf(first);
  const cells = first.split(delimiter);
  const known = cells.filter((cell) => cell.length < 60 && roleOf(cell) !== undefined).length;
  return (
    cells.length > 1 && known > 1 && (second.includes('"') || second.split(delimiter).length >= cells.length)
  );
}
