/**
 * From a decided distillation to a folder of files: the teacher's own kit, scripts for its data, the student's
 * training, its export, and what runs it on the device. Pure; nothing of the estimate is recomputed.
 */
import type { Model } from "../../domain/catalog.ts";
import type { DistillEstimate } from "../../domain/distill-estimate.ts";
import type { DistillPlan } from "../../domain/distill-plan.ts";
import type { Kit, Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { Student } from "../../domain/student.ts";
import { byPath, hashDraft } from "../bundle.ts";
import type { Draft } from "../files/draft.ts";
import { KIT_FORMAT, listFiles, roundEstimate } from "../files/kit-json.ts";
import { findUnspeakable, slug, urlText } from "../text.ts";
import { DATA_SCRIPTS } from "./data-scripts.ts";
import { distillReadme } from "./readme.ts";
import { studentFiles, trainsInPureBf16 } from "./student-files.ts";

interface DistillKitInput {
  readonly plan: DistillPlan;
  readonly estimate: DistillEstimate;
  /** The catalogued base; an imported one has no repository to train from. */
  readonly student: Student | undefined;
  /** The teacher's serving kit, compiled from the same plan; absent where its engine has none. */
  readonly teacher: Kit | undefined;
  /** The teacher itself. */
  readonly model: Model;
  /** The name that the teacher's server gives its model, where it listens, and how long a request may be. */
  readonly served: { readonly name: string; readonly port: number; readonly contextTokens: number };
  readonly link: string;
}

/** An answer that needs more than this times the mean is stuck. Assumed. */
const LONGEST_ANSWER = 4;
/** Prompts up to this times the mean leave an answer its room. Assumed. */
const LONGEST_PROMPT = 2;

/**
 * Tokens that one answer may take: servers refuse a request whose prompt and limit together pass their context.
 *
 *   at most LONGEST_ANSWER × the plan's mean, and what the context leaves beside LONGEST_PROMPT × the mean prompt
 */
function maxTokens({ plan: { job }, served }: DistillKitInput): number {
  const left = served.contextTokens - LONGEST_PROMPT * job.promptTokens;
  return Math.max(job.answerTokens, Math.min(LONGEST_ANSWER * job.answerTokens, left));
}

/** What the data scripts read: numbers and one name, as JSON. */
function settings(input: DistillKitInput): Draft {
  const { plan, estimate, model, served } = input;
  const { job } = plan;
  const document = {
    teacher: {
      url: `http://127.0.0.1:${served.port}`,
      servedName: served.name,
      samplesPerPrompt: job.samplesPerPrompt,
      maxTokens: maxTokens(input),
      temperature: model.sampling.temperature.value,
      topP: model.sampling.topP.value,
      concurrency: estimate.teacher?.concurrency ?? job.concurrency ?? 64,
      acceptanceRate: job.acceptanceRate,
      retries: 6,
      backoffSeconds: 1,
      timeoutSeconds: 7200,
      reportEvery: 1000,
    },
  };
  return { path: "settings.json", text: `${JSON.stringify(document, null, 2)}\n` };
}

/** Done by hand, or otherwise than the plan says. */
function listUnsupported({ plan, teacher }: DistillKitInput, sharded: boolean): Unsupported[] {
  const list = (teacher?.unsupported ?? []).map(({ path, reason }) => ({
    path,
    reason: `teacher: ${reason}`,
  }));
  if (teacher === undefined)
    list.push({
      path: "teacher.engine",
      reason: "no serving kit for this engine yet: start the teacher yourself",
    });
  if (plan.job.judge !== undefined)
    list.push({ path: "job.judge", reason: "the kit filters by rule; judging needs a prompt of your own" });
  if (plan.student.optimizer === "adamw-bf16" && !trainsInPureBf16(plan, sharded))
    list.push({
      path: "student.optimizer",
      reason:
        "LLaMA-Factory's pure_bf16 does not go with ZeRO-3: the kit trains with 32-bit weights and moments, 12 bytes a trained parameter over all accelerators instead of the plan's 4",
    });
  return list;
}

/**
 * Compiles the kit of a distillation that works.
 *
 * Returns Problem: text that no file carries; a student without a repository, or whose training nothing is known of.
 */
export function compileDistillKit(input: DistillKitInput): Result<Kit, Problem> {
  const { plan, estimate, student, model, teacher, link } = input;
  const bad = findUnspeakable(plan, "");
  if (bad !== undefined) return fail({ path: bad, problem: "holds characters that no file can carry" });
  if (student === undefined)
    return fail({
      path: "student.id",
      problem: "an imported shape has no weights to train: choose a student of the catalog for a kit",
    });
  if (estimate.student === null)
    return fail({
      path: "student",
      problem: estimate.infeasible[0]?.message ?? "nothing is known of how it would train",
    });
  const { type, needsImatrix } = estimate.edge.file;
  const { sharded } = estimate.student;
  const name = slug(`distil-${plan.model}-into-${student.id}-${type}`);
  const own: Draft[] = [
    settings(input),
    ...DATA_SCRIPTS,
    ...studentFiles({ plan, student, type, imatrix: plan.edge.imatrix || needsImatrix, sharded }),
    distillReadme({ plan, estimate, student, model, hasTeacher: teacher !== undefined, name }),
  ];
  const inner = (teacher?.files ?? []).map((file) => ({ ...file, path: `teacher/${file.path}` }));
  const files = [...own.map(hashDraft), ...inner].sort(byPath);
  const unsupported = listUnsupported(input, sharded);
  const document = {
    kit: KIT_FORMAT,
    name,
    plan,
    link: urlText(link),
    prediction: predictionOf(estimate),
    student: { repository: student.repository, licence: student.licence },
    files: listFiles(files),
    unsupported,
  };
  const manifest = hashDraft({
    path: "kit.json",
    text: `${JSON.stringify(document, roundEstimate, 2)}\n`,
  });
  return ok({ name, files: [...files, manifest].sort(byPath), unsupported });
}

function predictionOf({ chain, teacher, student, edge }: DistillEstimate) {
  return {
    hours: chain?.hours ?? null,
    usd: chain?.usd ?? null,
    teacherTokensPerSecond: teacher?.outputTokensPerSecond ?? null,
    studentTokensPerSecond: student?.tokensPerSecond ?? null,
    fileBytes: edge.file.bytes,
    deviceTokensPerSecond: edge.chosen.tokensPerSecond,
  };
}
