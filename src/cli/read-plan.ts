/** PLAN on the command line: a file, `-`, a link, or the text after a link's `#`. */
import { constants, existsSync } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { parseAnyPlan, parseAnyPlanText, type AnyPlan } from "../core/domain/any-plan.ts";
import { vocabularyOf } from "../core/domain/plan-vocabulary.ts";
import type { Problem } from "../core/domain/problem.ts";
import { fail, type Result } from "../core/domain/result.ts";
import { linkToPlan } from "../core/link/plan-link.ts";
import { catalog } from "../planner-data.ts";
import { BadInput, badInput } from "./bad-input.ts";
import type { Io } from "./io.ts";

/** A plan is under 4 kB; a file larger than this is another one. */
const MAX_PLAN_BYTES = 1_000_000;

const vocabulary = vocabularyOf(catalog);

/** Throws BadInput. */
export async function readPlan(argument: string, io: Io): Promise<AnyPlan> {
  if (looksLikeLink(argument) && !existsSync(argument)) return orThrow(parseLink(argument), "link");
  if (argument === "-") return orThrow(parseWritten(await io.stdin()), "stdin");
  const text = await readText(argument, MAX_PLAN_BYTES);
  return orThrow(parseWritten(text), argument);
}

/** A plan as people and programs write it: JSON, or a link. */
export function parseWritten(text: string): Result<AnyPlan, Problem> {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  if (trimmed === "") return fail({ path: "", problem: "empty" });
  return looksLikeLink(trimmed) ? parseLink(trimmed) : parseAnyPlanText(trimmed, vocabulary);
}

/** From a whole URL or from its hash text; what the page appends after `&` is which view was open. */
export function parseLink(link: string): Result<AnyPlan, Problem> {
  const hash = link.indexOf("#");
  if (hash < 0 && /^[a-z]+:\/\//i.test(link)) {
    return fail({ path: "link", problem: "carries no plan: there is nothing after a #" });
  }
  const [text = ""] = link.slice(Math.max(hash, 0)).split("&");
  const carried = linkToPlan(text);
  return carried.ok ? parseAnyPlan(carried.value, vocabulary) : carried;
}

function looksLikeLink(text: string): boolean {
  return /^([a-z]{2,8}:\/\/|#|\d+\.[A-Za-z0-9_-]*(&|$))/i.test(text);
}

/** Throws BadInput with the file's name as path. */
export async function readText(file: string, maxBytes: number): Promise<string> {
  await checkFile(file, maxBytes);
  return readFile(file, "utf8");
}

/** Throws BadInput for a file that cannot be read, or is larger than allowed. */
export async function checkFile(file: string, maxBytes = Number.POSITIVE_INFINITY): Promise<void> {
  const found = await access(file, constants.R_OK)
    .then(() => stat(file))
    .catch((error: unknown) => {
      throw badInput(file, explain(error));
    });
  if (found.isDirectory()) throw badInput(file, "is a folder, not a file");
  if (found.size > maxBytes)
    throw badInput(file, `${found.size} bytes, more than the ${maxBytes} that are read`);
}

function explain(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === "ENOENT") return "no such file";
  if (code === "EACCES") return "may not be read";
  return code === undefined ? "cannot be read" : `cannot be read (${code})`;
}

function orThrow<T>(result: Result<T, Problem>, root: string): T {
  if (result.ok) return result.value;
  throw new BadInput(result.error, root);
}
