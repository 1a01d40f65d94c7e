/** kit.json: what the kit was made from and what is in it, for machines. */
import type { Estimate } from "../../domain/estimate.ts";
import type { KitFile, Unsupported } from "../../domain/kit.ts";
import { imageOf, type Draft, type Parts } from "./draft.ts";
import { urlText } from "../text.ts";
import { measurementTemplate } from "./measurement.ts";

export const KIT_FORMAT = 1;

export function kitJson(
  { ir, launch, reads }: Parts,
  files: readonly KitFile[],
  unsupported: readonly Unsupported[],
): Draft {
  const { table, version, origin } = ir;
  const document = {
    kit: KIT_FORMAT,
    name: ir.name,
    plan: ir.plan,
    link: urlText(ir.link),
    engine: {
      id: ir.engine.id,
      version: version.version,
      image: imageOf(ir) ?? null,
      optionTables: {
        repository: table.flags.repository,
        commit: table.flags.commit,
        versions: [...new Set([table.flags.versions[table.low], table.flags.versions[table.high]])],
      },
    },
    weights: {
      id: ir.weights.id,
      repository: origin.repository.repository,
      revision: origin.repository.revision ?? null,
      bytes: ir.serving,
      ...(origin.kind === "convert" ? { files: origin.manifest.splits } : {}),
    },
    prediction: predictions(ir.estimate),
    expected: {
      loadSeconds: {
        value: Math.round(reads.seconds),
        low: Math.round(reads.low),
        high: Math.round(reads.high),
        basis: "assumed",
      },
      memory:
        ir.estimate.memory?.ranks.map(({ name, total, capacity }) => ({
          rank: name,
          bytes: total,
          capacity,
        })) ?? [],
      kvCacheTokens: ir.estimate.memory?.kvCacheTokens ?? null,
    },
    measurement: measurementTemplate({ ir, launch, reads }),
    ports: launch.ports,
    contextTokens: ir.contextTokens.count,
    sources: ir.sources,
    files: listFiles(files),
    unsupported,
  };
  return { path: "kit.json", text: `${JSON.stringify(document, roundEstimate, 2)}\n` };
}

/** What a kit's list of files says of each. */
export const listFiles = (files: readonly KitFile[]) =>
  Object.fromEntries(files.map(({ path, sha256, executable }) => [path, { sha256, executable }]));

function predictions({ performance }: Estimate) {
  if (!performance) return null;
  const { ttftMs, tpotMs, outputTokensPerSecond, inputTokensPerSecond, requestLatencyMs } = performance;
  return { ttftMs, tpotMs, outputTokensPerSecond, inputTokensPerSecond, requestLatencyMs };
}

/** Browsers and Node differ in the last digits of exp and log: nine digits are the same everywhere. */
export function roundEstimate(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value;
}
