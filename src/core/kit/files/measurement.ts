/** What bench.sh measures, as a record in the project's own format: compare.py adds the day and the figures. */
import type { MeasurementClass } from "../../domain/measurement.ts";
import { runsSequentially } from "../../domain/plan.ts";
import { benchRequests } from "../engines/bench.ts";
import type { Parts } from "./draft.ts";

/**
 * A measurement record without id, date, plan and figures; `metrics` names the figures that its phase compares.
 *
 * A client that sends requests on and on is a closed loop, or arrivals at the plan's rate. One that reads all
 * prompts and then decodes all answers is a burst; with one user it is a single stream, whose two speeds count.
 */
export function measurementTemplate({ ir, launch }: Parts): Readonly<Record<string, unknown>> {
  const { plan } = ir;
  const { bench } = launch;
  const single = bench.standalone && (plan.workload.concurrency ?? 1) === 1;
  return {
    class: classOf(plan),
    quality: "A",
    source: "bench.sh of a Fathom kit",
    runtime: bench.standalone ? {} : { prompts: benchRequests(ir), latencyStatistic: "mean" },
    phase: phaseOf(plan, bench.standalone, single),
    missing: [],
    notes: `${bench.command}, ${bench.standalone ? "without the server" : "against the server"}`,
    metrics: single
      ? ["prefillTokensPerSecond", "decodeTokensPerSecond"]
      : bench.standalone
        ? ["outputTokensPerSecond"]
        : ["ttftMs", "tpotMs", "outputTokensPerSecond"],
  };
}

function phaseOf({ workload }: Parts["ir"]["plan"], standalone: boolean, single: boolean): string {
  if (standalone) return single ? "closed-loop" : "burst";
  return workload.concurrency === undefined ? "serving" : "closed-loop";
}

function classOf({ engine, cluster, layout }: Parts["ir"]["plan"]): MeasurementClass {
  if (engine === "mlx") return "apple";
  if (!runsSequentially(engine)) return "serving";
  if (cluster.acceleratorsPerNode === 0) return "cpu";
  return layout.experts === "gpu" ? "llamacpp-gpu" : "hybrid";
}
