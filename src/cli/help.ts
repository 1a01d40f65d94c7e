export const HELP = `fathom: what does it take to run DeepSeek-V3 671B?

  fathom evaluate PLAN... [--json | --jsonl]   fit, speed and cost of plans
  fathom search QUERY [--json] [--limit N]     plans that meet an SLO and a budget, ranked, and the front
  fathom kit PLAN --out DIR | --zip FILE       the files that deploy it; --force writes into a DIR that is not empty
  fathom manifest --weights gguf:TYPE          the tensors of a converted GGUF file
           [--imatrix] [--mtp] [--model ID] [--json]
  fathom verify FILE.gguf... [--plan PLAN]     a GGUF file's mix, and its tensors beside the plan's; reads headers only
           [--json]
  fathom validate RECORDS [--json]             predictions beside measurements (JSON Lines)
  fathom tokens FILE [--json] [--completion]   real token counts and what a log or data set says of a workload
           [--block 16|64|256]
  fathom simulate PLAN [--trace FILE] [--json] the plan's service played request by request: percentiles, queues
           [--target p99:ttft:2000] [--whole] [--seed N] [--requests N] [--max-replicas N] [--completion]
  fathom link PLAN [--base URL]                a plan as a link
  fathom open LINK                             the plan that a link carries
  fathom help | --version

PLAN is a file with a plan's JSON, - for stdin, or a plan link (the URL, or the text after its #).
QUERY is a file or -: {"version":1,"model","workload",...} with "slo", "budget", "owned", "engines", "weights",
"accelerators", "counts", "layouts", "objective" ("cheapest", "fastest", "smallest") as wanted.
--trace plays a log's busiest hour (--whole: all of it); a file without times gives the lengths alone.
--target finds the replicas: mean, p50, p90, p95 or p99 of ttft, tpot or latency, in ms.
Without --json a short table for people; with it JSON for scripts: one estimate, or a list for several
plans. --jsonl reads a plan a line and writes an estimate a line; a line that holds no plan gives
{"error":{"path","problem"}} in its place.

Bytes, milliseconds, tokens per second, USD. GiB is 2^30 bytes, GB is 10^9.
Exit code: 0 done; 2 bad input, one line "path: problem" on stderr; 3 the plan does not fit (nothing meets the query,
the file is not the plan's), and why.
`;
