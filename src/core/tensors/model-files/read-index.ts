/** A `model.safetensors.index.json`: names of all tensors, and the bytes of them together. */
import type { FamilyMember, ModelFile } from "../../domain/model-file.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { weightTotals } from "../weight-totals.ts";
import { matchFamily, type FoundShape } from "./match-family.ts";

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** 91,991 in the vendor's FP8 checkpoint; three scales a matrix would make 190,000. */
const MAX_NAMES = 500_000;

interface Seen {
  layers: number;
  experts: number;
  /** The first layer with experts. */
  firstSparse: number;
  mtp: boolean;
  indexer: boolean;
  readonly suffixes: Set<string>;
}

function look(names: readonly string[]): Seen {
  const seen: Seen = {
    ...{ layers: 0, experts: 0, firstSparse: Number.POSITIVE_INFINITY, mtp: false, indexer: false },
    suffixes: new Set<string>(),
  };
  for (const name of names) {
    const match = /^model\.layers\.(\d{1,4})\.(.*)$/.exec(name);
    if (!match) continue;
    const layer = Number(match[1]);
    const rest = match[2] ?? "";
    const expert = /^mlp\.experts\.(\d{1,4})\./.exec(rest);
    if (expert) {
      seen.firstSparse = Math.min(seen.firstSparse, layer);
      seen.experts = Math.max(seen.experts, Number(expert[1]) + 1);
    }
    seen.layers = Math.max(seen.layers, layer + 1);
    seen.mtp ||= rest.startsWith("eh_proj");
    seen.indexer ||= rest.startsWith("self_attn.indexer.");
    if (expert || rest.startsWith("self_attn.o_proj"))
      seen.suffixes.add(`${expert ? "expert" : "attention"} ${rest.split(".").at(-1)}`);
  }
  return seen;
}

/** Scales and zero points beside a matrix name its format. */
function formatOf({ suffixes }: Seen): string | null {
  const has = (suffix: string) => suffixes.has(`expert ${suffix}`);
  if (has("qweight")) return "awq-int4";
  if (has("weight_scale_2")) return "nvfp4";
  if (has("weight_scale_inv")) return has("input_scale") ? "w4afp8" : "fp8";
  if (has("weight_scale")) return suffixes.has("attention weight_scale") ? "int8" : "mxfp4";
  return has("weight") ? "bf16" : null;
}

function totalRemark(
  total: unknown,
  model: FamilyMember | undefined,
  weights: string,
  mtpLayer: boolean,
): string[] {
  if (typeof total !== "number" || !model) return [];
  const wanted = weightTotals(model.architecture, weights, { mtpLayer }).total;
  const off = total / wanted - 1;
  if (Math.abs(off) < 0.002) return [];
  const count = (n: number) => Math.round(n).toLocaleString("en-US");
  return [
    `It says ${count(total)} bytes, and ${weights} of these shapes has ${count(wanted)}: some tensors are stored otherwise.`,
  ];
}

/**
 * Reads the text of a `model.safetensors.index.json`.
 *
 * Shapes are not in it, so layers, experts and the places of both are compared, and the format is told by
 * the scales' names. Refuses with the path of what differs.
 */
export function readIndex(text: string, family: readonly FamilyMember[]): Result<ModelFile, Problem> {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    return fail({ path: "", problem: "not JSON" });
  }
  const map = isObject(index) ? index["weight_map"] : undefined;
  if (!isObject(index) || !isObject(map))
    return fail({ path: "weight_map", problem: "required, and missing" });
  const names = Object.keys(map);
  if (names.length > MAX_NAMES)
    return fail({
      path: "weight_map",
      problem: `${names.length} tensors, more than the ${MAX_NAMES} that are read`,
    });
  const seen = look(names);
  if (seen.experts === 0)
    return fail({ path: "weight_map", problem: "no model.layers.N.mlp.experts.N: another architecture" });
  const layer = { path: "weight_map.model.layers", value: seen.layers - (seen.mtp ? 1 : 0) };
  const shape: FoundShape = {
    layerCount: layer,
    denseLayerCount: { path: "weight_map.model.layers (the first with experts)", value: seen.firstSparse },
    routedExpertCount: {
      path: `weight_map.model.layers.${seen.firstSparse}.mlp.experts`,
      value: seen.experts,
    },
  };
  const same = matchFamily(
    family.filter(({ architecture }) => (architecture.indexer !== undefined) === seen.indexer),
    shape,
  );
  if (!same.ok) return same;
  const weights = formatOf(seen);
  const metadata = index["metadata"];
  const model = family.find(({ id }) => id === same.value[0]);
  const remarks =
    weights === null
      ? ["Its tensors are named as in no format known here; the plan's weights stay."]
      : totalRemark(isObject(metadata) ? metadata["total_size"] : undefined, model, weights, seen.mtp);
  return ok({
    models: same.value,
    named: false,
    name: null,
    repository: null,
    weights,
    mtpLayer: seen.mtp,
    remarks,
  });
}
