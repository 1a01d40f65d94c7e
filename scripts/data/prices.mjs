/**
 * Distils planner-data/prices/{rentals,api}.json from instance and API price lists.
 *
 *   node scripts/data/prices.mjs <folder with instances.json and api_prices.json>
 *
 * Dropped and counted: rows without a price, without accelerators or of an accelerator that the catalog
 * lacks; lists kept as history; and undated prices where the same provider has a dated one.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lastDateIn, PLANNER_DATA, rawFolder, readJson, writeData } from "./write-data.mjs";

const raw = rawFolder("prices.mjs", "instances.json and api_prices.json");
const HOURS_PER_MONTH = 730;

const ACCELERATORS = {
  "A100-40-SXM": "a100-40-sxm",
  "A100-80-SXM": "a100-80-sxm",
  "A100-80-PCIe": "a100-80-pcie",
  "H100-SXM": "h100-sxm",
  "H100-PCIe": "h100-pcie",
  "H100-NVL": "h100-nvl",
  "H200-SXM": "h200-sxm",
  "B200-SXM": "b200-sxm",
  "B300-SXM": "b300-sxm",
  GB200: "gb200",
  GB300: "gb300",
  GH200: "gh200-96",
  L40S: "l40s",
  L4: "l4",
  MI300X: "mi300x",
  MI325X: "mi325x",
  MI355X: "mi355x",
  "RTX PRO 6000 Server": "rtx-pro-6000",
  "RTX PRO 6000": "rtx-pro-6000",
  "RTX A6000": "rtx-a6000",
  "RTX 6000 Ada": "rtx-6000-ada",
  "RTX 3090": "rtx-3090",
  "RTX 4090": "rtx-4090",
  "RTX 5090": "rtx-5090",
  "TPU v5p": "tpu-v5p",
  "TPU v6e": "tpu-v6e",
};

const SOURCES = {
  sky: "skypilot-catalog",
  skyfork: "skypilot-catalog-2024",
  sood: "gpu-pricing-sood",
  tard: "gpu-pricing-tardelli",
  cyc: "gcp-pricing-cyclenerd",
  kas: "kubernetes-autoscaler",
  tanod: "gcp-billing-2026-10",
  ae: "provider-pages",
  gh: "gpuhunt",
  ghfx: "gpuhunt",
  cliff: "mi300x-page",
  dr: "datareceipts",
  silly: "silybench",
  scr: "compute-screener",
  cher: "gpu-pricing-tracker",
  cb: "aws-capacity-blocks",
  fsdl: "cloud-gpus-fsdl",
};

/** Lists that stand for an earlier market: from before the price cuts of June 2025. */
const HISTORY = new Set(["cb", "fsdl"]);

/** The earliest year that an undated price list can be from. */
const UNDATED = { sky: "2025", skyfork: "2024", kas: "2026" };

const round = (usd) => Number(usd.toPrecision(5));

/** Reserved prices come per instance, per accelerator or per month; without a length they say too little. */
function reservedPrices(row) {
  const out = [];
  for (const [key, value] of Object.entries(row.reserved ?? {})) {
    const [, years, per] = /^(1|3)y(?:_(per_gpu|per_h|month))?$/.exec(key) ?? [];
    if (!years) continue;
    const perInstance = per === "month" ? value / HOURS_PER_MONTH : value;
    out.push([`reserved-${years}y`, per === "per_gpu" ? value : perInstance / row.count]);
  }
  return out;
}

/** Empty where the list names none. */
function regionOf({ region }) {
  if (!region || region === "n/a") return "";
  return /^all commercial/.test(region) ? "all" : region.replace(/ \(.*/, "");
}

const dropped = {
  "no accelerator": 0,
  "accelerator not in the catalog": 0,
  "no price": 0,
  history: 0,
  doubled: 0,
  superseded: 0,
};
const offers = new Map();
for (const row of readJson(join(raw, "instances.json")).instances) {
  if (row.count === 0) {
    dropped["no accelerator"] += 1;
    continue;
  }
  if (HISTORY.has(row.source)) {
    dropped.history += 1;
    continue;
  }
  const accelerator = ACCELERATORS[row.accelerator];
  if (!accelerator || !existsSync(join(PLANNER_DATA, "accelerators", `${accelerator}.json`))) {
    dropped["accelerator not in the catalog"] += 1;
    continue;
  }
  const dated = lastDateIn(/date unknown/.test(row.price_date) ? "" : row.price_date);
  const checked = dated ?? UNDATED[row.source];
  if (!checked) throw new Error(`${row.provider} ${row.instance}: no date in "${row.price_date}"`);
  const quality = dated ? row.quality : "low";
  const prices = [
    [/annual/.test(row.price_basis) ? "reserved-1y" : "on-demand", row.usd_per_accel_h],
    ["spot", row.spot_usd_per_accel_h],
    ...reservedPrices(row),
  ].filter(([, usd]) => usd);
  if (prices.length === 0) dropped["no price"] += 1;
  for (const [term, usd] of prices) {
    const source = SOURCES[row.source];
    const offer = [
      row.provider,
      row.instance,
      accelerator,
      row.count,
      term,
      round(usd),
      regionOf(row),
      checked,
      quality,
      source,
    ];
    const key = offer.slice(0, 7).join("|");
    if (offers.has(key)) dropped.doubled += 1;
    if (!offers.has(key) || offers.get(key)[7] < checked) offers.set(key, offer);
  }
}
const byOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
const market = (offer) => [offer[0], offer[2], offer[4]].join("|");
const dated = new Set([...offers.values()].filter((offer) => offer[7].length > 4).map(market));
for (const [key, offer] of offers) {
  if (offer[7].length > 4 || !dated.has(market(offer))) continue;
  offers.delete(key);
  dropped.superseded += 1;
}
const rows = [...offers.values()].sort(
  (a, b) => byOrder(a[2], b[2]) || byOrder(a[4], b[4]) || a[5] - b[5] || byOrder(a[0], b[0]),
);
await writeData("prices/rentals.json", {
  unit: "USD/h",
  columns: [
    "provider",
    "instance",
    "accelerator",
    "acceleratorCount",
    "term",
    "usdPerAcceleratorHour",
    "region",
    "checked",
    "quality",
    "source",
  ],
  rows,
});
console.log(`${rows.length} rental offers; dropped`, dropped);

/** Models with the weights of this family, as providers spell them; other sizes and later generations are out. */
const FAMILY = /(deepseek[-_ /.]*)?(v3|r1|chat|reasoner)/i;
const OTHER = /distill|llama|qwen|v4|v2|coder|prover|zero|janus|tng|chimera/i;

function apiSource(text) {
  if (/litellm/i.test(text)) return "litellm";
  if (/openrouter/i.test(text)) return "openrouter";
  if (/genai-prices/.test(text)) return "genai-prices";
  if (/sooddvs/.test(text)) return "gpu-pricing-sood";
  if (/api-docs\.deepseek/.test(text)) return "deepseek-api-docs";
  if (/InferenceX/.test(text)) return "inferencex-blog";
  if (/api-evangelist/.test(text)) return "provider-pages";
  throw new Error(`no source for "${text}"`);
}

/** Routers' own ids of providers, as the providers spell themselves. */
const PROVIDERS = {
  azure_ai: "Azure",
  baseten: "Baseten",
  bedrock: "AWS Bedrock",
  bedrock_converse: "AWS Bedrock",
  crusoe: "Crusoe",
  deepinfra: "DeepInfra",
  fireworks_ai: "Fireworks",
  gmi: "GMI Cloud",
  hyperbolic: "Hyperbolic",
  lambda_ai: "Lambda",
  nebius: "Nebius",
  novita: "Novita",
  openrouter: "OpenRouter",
  replicate: "Replicate",
  sambanova: "SambaNova",
  snowflake: "Snowflake",
  together_ai: "Together",
  vercel_ai_gateway: "Vercel AI Gateway",
  "vertex_ai-deepseek_models": "Google Vertex AI",
  wandb: "Weights & Biases",
};

const listed = readJson(join(raw, "api_prices.json")).prices.filter(
  (row) => row.status === "listed" && FAMILY.test(row.model) && !OTHER.test(row.model),
);
const priced = listed.filter((row) => row.input_usd_per_m > 0 && row.output_usd_per_m > 0);
const apiRows = priced.map((row) => {
  const checked = lastDateIn(row.date);
  if (!checked) throw new Error(`${row.provider} ${row.model}: no date in "${row.date}"`);
  return [
    PROVIDERS[row.provider] ?? row.provider,
    row.model,
    row.input_usd_per_m,
    row.output_usd_per_m,
    row.cache_hit_input_usd_per_m,
    checked,
    apiSource(row.source),
  ];
});
apiRows.sort((a, b) => byOrder(a[0], b[0]) || byOrder(a[1], b[1]) || a[2] - b[2]);
await writeData("prices/api.json", {
  unit: "USD/Mtoken",
  columns: ["provider", "model", "input", "output", "cachedInput", "checked", "source"],
  rows: apiRows,
});
console.log(`${apiRows.length} API offers`);
