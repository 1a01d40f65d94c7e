/** The names under which files keep what is looked for; compared without case, spaces and underscores. */

export type Role =
  | "time"
  | "end"
  | "durationS"
  | "durationMs"
  | "inputTokens"
  | "outputTokens"
  | "cachedTokens"
  | "requests"
  | "running"
  | "prompt"
  | "answer";

const NAMES: Readonly<Record<Role, readonly string[]>> = {
  time: [
    "timestamp, time, ts, date, datetime, created, createdat, arrivaltime, arrivaltimestamp, arrivedat, arrival",
    "starttime, startedat, start, requesttime, requesttimestamp, receivedat, receivedtime, submittime, sentat",
  ],
  end: ["endtime, endedat, end, finishedat, finishtime, completedat, endtimestamp"],
  durationS: [
    "e2elatency, latency, duration, elapsed, elapsedtime, responsetime, totaltime, latencys, durations",
    "durationseconds, latencyseconds, e2elatencyseconds",
  ],
  durationMs: ["latencyms, durationms, e2elatencyms, elapsedms, responsetimems, totaltimems"],
  inputTokens: [
    "inputtokens, prompttokens, numprompttokens, contexttokens, requesttokens, inputlength, inputlen",
    "promptlen, promptlength, numinputtokens, prefilltokens, numprefilltokens, tokensin",
  ],
  outputTokens: [
    "outputtokens, completiontokens, generatedtokens, responsetokens, outputlength, outputlen",
    "numoutputtokens, generationtokens, numgenerationtokens, decodetokens, numdecodetokens, tokensout",
  ],
  cachedTokens: ["cachedtokens, numcachedtokens, cachereadinputtokens, prompttokenscached"],
  requests: ["requests, requestcount, numrequests, calls"],
  running: [
    "numrequestsrunning, runningrequests, running, runningreqs, concurrency, inflight, activerequests",
  ],
  prompt: ["prompt, question, query, instruction, text, content, input, usermessage, document"],
  answer: ["completion, response, answer, output, reply, target, generatedtext, chosen"],
};

const ROLES: ReadonlyMap<string, Role> = new Map(
  Object.entries(NAMES).flatMap(([role, lines]) =>
    lines.flatMap((line) => line.split(", ").map((name) => [name, role as Role] as const)),
  ),
);

export function roleOf(name: string): Role | undefined {
  return name.length > 60 ? undefined : ROLES.get(name.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
}
