/**
 * A kit of two pools: `prefill/` and `decode/` are folders as an aggregated kit has them, each with its own
 * preflight and start; above them the router, and what the service is to its clients.
 */
import type { Kit } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import { bundle } from "../bundle.ts";
import { refusePools } from "../engines/disaggregation.ts";
import { airGapFiles } from "../files/air-gap.ts";
import { BENCH_COMPARE, benchScript } from "../files/bench-script.ts";
import { downloadScript } from "../files/download.ts";
import { loadTime, type Draft, type Parts } from "../files/draft.ts";
import { licencesFile } from "../files/licenses.ts";
import { environmentFile } from "../files/serve.ts";
import { smokeScript } from "../files/smoke.ts";
import type { KitIr, Role } from "../ir.ts";
import { launchOf } from "../launch.ts";
import type { KitInput } from "../lower.ts";
import { downloadStep } from "../targets/phrases.ts";
import type { Runbook, Target } from "../targets/target.ts";
import { targetOf } from "../targets/targets.ts";
import { markdownCode } from "../text.ts";
import { firstOfDecode, lowerPools } from "./lower-pools.ts";
import { launchRouter, poolEntries, routerFiles } from "./router.ts";

const STARTS: ReadonlySet<string> = new Set(["shell", "slurm"]);

export function compilePools(input: KitInput): Result<Kit, Problem> {
  const { plan } = input;
  const refusal = refusePools(plan.engine) ?? refuseTarget(plan.target ?? "shell");
  if (refusal) return fail(refusal);
  const pools = lowerPools(input);
  if (!pools.ok) return pools;
  const target = targetOf(plan.target ?? "shell");
  const prefill = halfOf(pools.value.prefill);
  if (!prefill.ok) return prefill;
  const decode = halfOf(behind(pools.value.decode, firstOfDecode(plan)));
  if (!decode.ok) return decode;
  const halves = [prefill.value, decode.value] as const;
  const { whole } = pools.value;
  const launch = launchRouter(whole, [prefill.value.launch, decode.value.launch]);
  if (!launch.ok) return launch;
  const parts: Parts = { ir: whole, launch: launch.value, reads: loadTime(whole), halves };
  return ok(bundle(parts, poolsTarget(target, halves), draftFiles(parts, target, halves)));
}

function refuseTarget(target: string): Problem | undefined {
  if (STARTS.has(target)) return undefined;
  return {
    path: "target",
    problem: `kits start separate prefill and decode pools from shell or slurm, not with ${target}`,
  };
}

type Half = Parts;

function halfOf(ir: KitIr): Result<Half, Problem> {
  const launched = launchOf(ir);
  return launched.ok ? ok({ ir, launch: launched.value, reads: loadTime(ir) }) : launched;
}

/** Decode beside prefill on one node takes the accelerators after prefill's. */
function behind(ir: KitIr, first: number): KitIr {
  return first === 0 ? ir : { ...ir, firstAccelerator: first };
}

const roleOf = ({ ir }: Parts): Role => ir.role ?? "prefill";

function draftFiles(parts: Parts, target: Target, halves: readonly [Half, Half]): Draft[] {
  const [prefill, decode] = halves;
  return [
    ...halves.flatMap((half) =>
      target.files(half).map((draft) => ({ ...draft, path: `${roleOf(half)}/${draft.path}` })),
    ),
    environmentFile(parts, poolEntries(prefill.launch, decode.launch)),
    ...routerFiles(parts.ir, parts.launch, prefill.ir.placement.replicasPerNode),
    downloadScript(parts),
    ...airGapFiles(parts),
    smokeScript(parts),
    benchScript(parts),
    BENCH_COMPARE,
    licencesFile(parts),
  ];
}

/** The runbook above both pools': theirs come first, then the router's. */
function poolsTarget(target: Target, halves: readonly Half[]): Target {
  return {
    refuse: () => undefined,
    unsupported: () => halves.flatMap(({ ir, launch }) => target.unsupported(ir, launch)),
    files: () => [],
    runbook: (parts) => runbook(parts, target, halves),
  };
}

function runbook(parts: Parts, target: Target, halves: readonly Half[]): Runbook {
  const books = halves.map((half) => ({ half, book: target.runbook(half, []) }));
  const within = (half: Half, text: string) =>
    text.replaceAll("`./", `\`./${roleOf(half)}/`).replaceAll("`serve/", `\`${roleOf(half)}/serve/`);
  return {
    settings: books.map(({ half, book }) => within(half, book.settings)).join(" "),
    preflight: books.map(({ half, book }) => within(half, book.preflight)).join(" "),
    weights: [`${downloadStep(parts)} Both pools read the same folder.`],
    converted: [],
    start: [
      ...books.flatMap(({ half, book }) =>
        book.start.map(
          (text) => `${roleOf(half) === "prefill" ? "Prefill" : "Decode"}: ${within(half, text)}`,
        ),
      ),
      `Set ${markdownCode("PREFILL_URLS")} and ${markdownCode("DECODE_URLS")} in ${markdownCode("serve/env")} (ports ${halves.map(({ launch }) => launch.port).join(" and ")}, counted up where instances share a node), then ${markdownCode("./serve/router.sh")}: clients ask port ${parts.launch.port}.`,
    ],
    reach: [],
  };
}
