/** The nouns of the search sentence: what each says, what it may say instead, and what a typed value means. */
import type { SearchQuery } from "../../../core/domain/search.ts";
import { formatCount, formatTokensShort, formatUsd } from "../../../core/units/format.ts";
import { parseQuantity } from "../../../core/units/parse-quantity.ts";
import type { Names } from "../../plan/directory-names.ts";
import { PROVIDER_NOUN } from "./provider-noun.ts";
import { put, type SearchNoun, type SearchNounId } from "./search-noun.ts";

const withUsers = (query: SearchQuery, users: number): SearchQuery => {
  const { requestsPerSecond: _, arrivals: _bursts, ...workload } = query.workload;
  return put(query, { workload: { ...workload, concurrency: users } });
};
const withTokens = (query: SearchQuery, key: "inputTokens" | "outputTokens", tokens: number) =>
  put(query, { workload: { ...query.workload, [key]: tokens } });
const withSlo = (query: SearchQuery, key: "ttftMs" | "tpotMs", ms: number | undefined) =>
  put(query, { slo: { ...query.slo, [key]: ms } });
const withBudget = (query: SearchQuery, key: keyof SearchQuery["budget"], usd: number | undefined) =>
  put(query, { budget: { ...query.budget, [key]: usd } });

const isAny = (text: string): boolean => /^(any|none|no limit|)$/i.test(text.trim());
const within = (value: number | undefined, most: number): number | undefined =>
  value !== undefined && value > 0 && value <= most ? value : undefined;

const short = (value: number): string => String(Number(value.toPrecision(3)));
const ms = (value: number): string => (value >= 1000 ? `${short(value / 1e3)} s` : `${short(value)} ms`);
const trim = (usd: number): string => formatUsd(usd).replace(/\.00$/, "");
const kilowatts = (watts: number): string => `${Number((watts / 1e3).toPrecision(3))} kW`;
const rate = (tpotMs: number): string => `${Number((1e3 / tpotMs).toPrecision(3))} tok/s`;

const OBJECTIVES = [
  ["cheapest", "least $ per million output tokens"],
  ["fastest", "most tok/s for each user"],
  ["smallest", "fewest accelerators"],
] as const;

export const SEARCH_NOUNS: Readonly<Record<SearchNounId, SearchNoun>> = {
  objective: {
    before: "Find the ",
    title: "What ranks",
    words: ({ objective }) => objective,
    options: (query) =>
      OBJECTIVES.map(([objective, remark]) => ({
        label: objective,
        remark,
        query: put(query, { objective }),
      })),
  },
  model: {
    before: " way to serve ",
    title: "Model",
    words: ({ model }, names) => names.model(model),
    options: (query, { directory }) =>
      directory.models.map(({ id, name }) => ({ label: name, query: put(query, { model: id }) })),
  },
  users: {
    before: " to ",
    title: "Users at once",
    hint: "users, as in 64 or 1.5k",
    words: ({ workload: { concurrency, requestsPerSecond } }) =>
      requestsPerSecond === undefined
        ? `${formatCount(concurrency ?? 1)} or more users`
        : `${requestsPerSecond} requests a second`,
    options: (query) =>
      [1, 8, 32, 64, 256, 1024].map((users) => ({
        label: `${formatCount(users)} or more`,
        query: withUsers(query, users),
      })),
    type: (query, text) => {
      const users = within(parseQuantity(text, "count"), 1_000_000);
      return users === undefined || users < 1 ? undefined : withUsers(query, users);
    },
  },
  input: tokenNoun(" sending ", "Tokens sent", "inputTokens", [1024, 4096, 8192, 32_768, 131_072]),
  output: tokenNoun(" and getting ", "Tokens got back", "outputTokens", [256, 1024, 2048, 8192], " tokens,"),
  speed: {
    before: " each at ",
    after: ",",
    title: "Speed of each user",
    hint: "tok/s, or TPOT as in 50 ms",
    words: ({ slo }) => (slo.tpotMs === undefined ? "any speed" : `≥ ${rate(slo.tpotMs)}`),
    options: (query) => [
      { label: "any speed", query: withSlo(query, "tpotMs", undefined) },
      ...[100, 50, 33.3333, 20, 10].map((tpot) => ({
        label: `≥ ${rate(tpot)}`,
        remark: `TPOT ≤ ${short(tpot)} ms`,
        query: withSlo(query, "tpotMs", Number(tpot.toPrecision(6))),
      })),
    ],
    type: (query, text) => {
      if (isAny(text)) return withSlo(query, "tpotMs", undefined);
      const plain = parseQuantity(text.replace(/\s*tok\/s\s*$/i, "").replace(/^[≥>=\s]+/, ""), "count");
      const tpot =
        /m?s\s*$/i.test(text) && !/tok/i.test(text) ? parseQuantity(text, "milliseconds") : undefined;
      const value = within(tpot ?? (plain ? 1e3 / plain : undefined), 1e6);
      return value === undefined ? undefined : withSlo(query, "tpotMs", Number(value.toPrecision(6)));
    },
  },
  ttft: {
    before: " first token in ",
    after: ",",
    title: "Time to first token",
    hint: "as in 2 s or 500 ms",
    words: ({ slo }) => (slo.ttftMs === undefined ? "any time" : `≤ ${ms(slo.ttftMs)}`),
    options: (query) => [
      { label: "any time", query: withSlo(query, "ttftMs", undefined) },
      ...[500, 1000, 2000, 5000, 10_000].map((value) => ({
        label: `≤ ${ms(value)}`,
        query: withSlo(query, "ttftMs", value),
      })),
    ],
    type: (query, text) => {
      if (isAny(text)) return withSlo(query, "ttftMs", undefined);
      const value = within(parseQuantity(text.replace(/^[≤<=\s]+/, ""), "milliseconds"), 1e8);
      return value === undefined ? undefined : withSlo(query, "ttftMs", value);
    },
  },
  hour: usdNoun(" for ", "Budget", "usdPerHour", "an hour", [10, 25, 50, 100, 250, 1000], "any price"),
  million: {
    ...usdNoun(
      " and ",
      "Price of the output",
      "usdPerMillionOutputTokens",
      "a million tokens",
      [0.5, 1, 2, 5],
    ),
    optional: ({ budget }) => budget.usdPerMillionOutputTokens !== undefined,
  },
  power: {
    before: " within ",
    title: "Power, host and cooling included",
    hint: "kW, as in 20",
    words: ({ powerWatts }) => (powerWatts === undefined ? "any power" : kilowatts(powerWatts)),
    optional: ({ powerWatts }) => powerWatts !== undefined,
    options: (query) => [
      { label: "any power", query: put(query, { powerWatts: undefined }) },
      ...[2, 10, 20, 50, 150].map((kw) => ({
        label: `within ${kw} kW`,
        query: put(query, { powerWatts: kw * 1e3 }),
      })),
    ],
    type: (query, text) => {
      if (isAny(text)) return put(query, { powerWatts: undefined });
      const value = within(parseQuantity(text.replace(/\s*kW\s*$/i, ""), "count"), 1e6);
      const exact = Number(/[0-9]*\.?[0-9]+/.exec(text)?.[0] ?? value);
      return value === undefined || !(exact > 0) ? undefined : put(query, { powerWatts: exact * 1e3 });
    },
  },
  hardware: {
    before: " on ",
    title: "Hardware",
    words: describeHardware,
    options: (query, { directory, owned, names }) => [
      { label: "any hardware", query: put(query, { owned: undefined, accelerators: undefined }) },
      ...(owned === undefined
        ? []
        : [
            {
              label: describeHardware({ ...query, owned }, names),
              remark: "the machines of this plan and parts of them",
              query: put(query, { owned, accelerators: undefined }),
            },
          ]),
      ...[...directory.accelerators]
        .sort((a, b) => (a.launched < b.launched ? 1 : -1))
        .map(({ id, name, shortName }) => ({
          label: `any number of ${shortName}`,
          ...(name === shortName ? {} : { remark: name }),
          query: put(query, { accelerators: [id], owned: undefined }),
        })),
    ],
  },
  provider: PROVIDER_NOUN,
};

export const SEARCH_NOUN_IDS = Object.keys(SEARCH_NOUNS) as readonly SearchNounId[];

function describeHardware({ owned, accelerators }: SearchQuery, names: Names): string {
  const [own] = owned ?? [];
  if (own !== undefined) {
    const count = `${own.acceleratorsPerNode} × ${names.accelerator(own.accelerator)}`;
    return own.nodes === 1 ? `my ${count}` : `my ${own.nodes} nodes of ${count}`;
  }
  if (accelerators === undefined) return "any hardware";
  return accelerators.map((id) => names.accelerator(id)).join(" or ");
}

function tokenNoun(
  before: string,
  title: string,
  key: "inputTokens" | "outputTokens",
  usual: readonly number[],
  after = "",
): SearchNoun {
  return {
    before,
    after,
    title,
    hint: "tokens, as in 1.5K or 1536",
    words: ({ workload }) => formatTokensShort(workload[key]),
    options: (query) =>
      usual.map((tokens) => ({ label: formatTokensShort(tokens), query: withTokens(query, key, tokens) })),
    type: (query, text) => {
      const tokens = parseQuantity(text, "tokens");
      const fits = tokens !== undefined && tokens >= 1 && tokens <= 131_072;
      return fits ? withTokens(query, key, tokens) : undefined;
    },
  };
}

function usdNoun(
  before: string,
  title: string,
  key: keyof SearchQuery["budget"],
  per: string,
  usual: readonly number[],
  none = "any price",
): SearchNoun {
  return {
    before,
    title,
    hint: `$ ${per}, as in ${usual[1] ?? 1}`,
    words: ({ budget }) => (budget[key] === undefined ? none : `≤ ${trim(budget[key])} ${per}`),
    options: (query) => [
      { label: none, query: withBudget(query, key, undefined) },
      ...usual.map((usd) => ({ label: `≤ ${trim(usd)} ${per}`, query: withBudget(query, key, usd) })),
    ],
    type: (query, text) => {
      if (isAny(text)) return withBudget(query, key, undefined);
      const usd = within(parseUsd(text), 1e9);
      return usd === undefined ? undefined : withBudget(query, key, usd);
    },
  };
}

const parseUsd = (text: string): number | undefined => parseQuantity(text.replace(/^[≤<=\s]+/, ""), "usd");

/** The query with one limit widened, as a relaxation proposes. */
export function relaxed(query: SearchQuery, cause: string, to: number): SearchQuery | undefined {
  switch (cause) {
    case "tpot":
      return withSlo(query, "tpotMs", to);
    case "ttft":
      return withSlo(query, "ttftMs", to);
    case "usd-per-hour":
      return withBudget(query, "usdPerHour", to);
    case "usd-per-million":
      return withBudget(query, "usdPerMillionOutputTokens", to);
    case "power":
      return put(query, { powerWatts: to });
    default:
      return undefined;
  }
}
