/**
 * From a decided fine-tuning plan to a folder of files: the base prepared, the data checked, the run started and
 * resumed, its result merged and converted. Pure; nothing of the estimate is recomputed.
 */
import type { FinetuneEstimate } from "../../domain/finetune-estimate.ts";
import type { FinetunePlan, FrameworkId } from "../../domain/finetune-plan.ts";
import type { Kit, Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { byPath, hashDraft } from "../bundle.ts";
import { KIT_FORMAT, listFiles, roundEstimate } from "../files/kit-json.ts";
import { findUnspeakable, slug, urlText } from "../text.ts";
import { dataFiles } from "./data-check.ts";
import { exportFiles } from "./export-files.ts";
import type { FrameworkKit } from "./frameworks/framework-kit.ts";
import { ktransformersKit } from "./frameworks/ktransformers.ts";
import { megatronBridgeKit } from "./frameworks/megatron-bridge.ts";
import { msSwiftKit } from "./frameworks/ms-swift.ts";
import { clusterFiles, clusterUnsupported, refuseCluster } from "./kubernetes.ts";
import { launchFiles } from "./launch-files.ts";
import { prepareFiles, repositoryOf } from "./prepare-files.ts";
import { finetuneReadme } from "./readme.ts";
import { runOf, type FinetuneKitInput, type Run } from "./run.ts";

const KITS: Readonly<Partial<Record<FrameworkId, FrameworkKit>>> = {
  ktransformers: ktransformersKit,
  "ms-swift": msSwiftKit,
  "megatron-bridge": megatronBridgeKit,
};

/**
 * Compiles the kit of a fine-tuning plan that fits.
 *
 * Returns Problem: a framework without a kit; what its framework cannot train; text that no file carries.
 */
export function compileFinetuneKit(input: FinetuneKitInput): Result<Kit, Problem> {
  const { plan, estimate, framework } = input;
  const bad = findUnspeakable(plan, "");
  if (bad !== undefined) return fail({ path: bad, problem: "holds characters that no file can carry" });
  const kit = KITS[plan.framework];
  if (kit === undefined)
    return fail({
      path: "framework",
      problem: `no kit for ${framework.name} yet; ${Object.keys(KITS).join(", ")} have one`,
    });
  const name = slug(`finetune-${plan.model}-${plan.method}-${plan.framework}`);
  const run = runOf(input, name);
  const refused = refuseAdapters(plan) ?? refuseCluster(run) ?? kit.refuse?.(run);
  if (refused) return fail(refused);
  const unsupported = listUnsupported(run, kit);
  const own = [
    ...prepareFiles(run),
    ...(kit.prepare?.(run) ?? []),
    ...dataFiles(run),
    ...launchFiles(run, kit),
    ...exportFiles(run, kit),
  ];
  const drafts = [...own, ...(plan.target === "kubernetes" ? clusterFiles(run, kit, own) : [])].sort(byPath);
  const files = [...drafts, finetuneReadme(run, kit, drafts, unsupported)].map(hashDraft).sort(byPath);
  const document = {
    kit: KIT_FORMAT,
    name,
    plan,
    link: urlText(input.link),
    framework: {
      id: plan.framework,
      name: framework.name,
      version: framework.version,
      pinned: framework.pins,
    },
    base: repositoryOf(run) ?? null,
    prediction: predictionOf(estimate),
    expected: expectedOf(estimate),
    files: listFiles(files),
    unsupported,
  };
  const manifest = hashDraft({
    path: "kit.json",
    text: `${JSON.stringify(document, roundEstimate, 2)}\n`,
  });
  return ok({ name, files: [...files, manifest].sort(byPath), unsupported });
}

/** All three frameworks have one rank for every matrix, and adapt all experts of a layer or none. */
function refuseAdapters({ adapters }: FinetunePlan): Problem | undefined {
  if (adapters === undefined) return undefined;
  if (new Set(Object.values(adapters.ranks)).size > 1)
    return {
      path: "adapters.ranks",
      problem: "frameworks with a kit have one rank for all targets: give each the same",
    };
  if (adapters.experts !== undefined)
    return { path: "adapters.experts", problem: "frameworks with a kit adapt all routed experts or none" };
  return undefined;
}

function listUnsupported(run: Run, kit: FrameworkKit): Unsupported[] {
  const { plan, gguf, type } = run;
  const list = [...kit.unsupported(run), ...clusterUnsupported(run)];
  if (plan.target !== undefined && !["shell", "slurm", "kubernetes"].includes(plan.target))
    list.push({
      path: "target",
      reason: `no files for ${plan.target}: train/train.sh takes NODE_RANK and MASTER_ADDR`,
    });
  if (plan.result.form === "merged" && !gguf && type !== "bf16")
    list.push({
      path: "result.weights",
      reason: `the kit ends at BF16: quantize to ${type} with the serving engine's own tool`,
    });
  return list;
}

function predictionOf({ performance, cost }: FinetuneEstimate) {
  return {
    stepSeconds: performance?.stepSeconds ?? null,
    tokensPerSecond: performance?.tokensPerSecond ?? null,
    trainHours: performance?.trainHours ?? null,
    usd: cost?.usd ?? null,
    usdSchedule: cost?.usdSchedule ?? null,
  };
}

function expectedOf({ memory, disk, parameters }: FinetuneEstimate) {
  return {
    trainableParameters: parameters.trainable,
    adapterFileBytes: parameters.adapterFileBytes,
    memory: [...(memory?.ranks ?? []), ...(memory ? [memory.host] : [])].map(({ name, total, capacity }) => ({
      rank: name,
      bytes: total,
      capacity,
    })),
    diskBytes: disk.peak,
  };
}
