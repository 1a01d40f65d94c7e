/** Simulations in portions, so that a newer request or a cancel is heard between two of them. */
import type { OpTableSet } from "../src/core/domain/op-tables.ts";
import type { Plan } from "../src/core/domain/plan.ts";
import type { SimulationShare } from "../src/core/domain/plan-simulation.ts";
import type { StepModelFacts } from "../src/core/model/serving/step-models.ts";
import { simulatePlanSteps, sizeReplicasSteps } from "../src/core/sizing/simulate-plan.ts";
import { catalog, loadOpTables } from "../src/planner-data.ts";
import type { OnShare, SimulationApi } from "./simulation-api.ts";

/** Work between two breaths, and between two reports. */
const PORTION_MS = 25;
const REPORT_MS = 80;

const tables = new Map<string, Promise<OpTableSet | null>>();

async function factsOf(plan: Plan): Promise<StepModelFacts> {
  const id = plan.cluster.accelerator;
  if (id === undefined) return { catalog, opTables: null };
  const loading = tables.get(id) ?? loadOpTables(id);
  tables.set(id, loading);
  loading.catch(() => tables.delete(id));
  return { catalog, opTables: await loading };
}

/** Messages that have come are heard before this resolves. */
const breathe = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

export class SimulationWorker implements SimulationApi {
  private newest = 0;

  async simulate(...[ticket, plan, ask, onShare]: Parameters<SimulationApi["simulate"]>) {
    const facts = await this.begin(ticket, plan);
    return facts && this.drive(ticket, simulatePlanSteps(plan, facts, ask), onShare);
  }

  async sizeReplicas(...[ticket, plan, ask, onShare]: Parameters<SimulationApi["sizeReplicas"]>) {
    const facts = await this.begin(ticket, plan);
    return facts && this.drive(ticket, sizeReplicasSteps(plan, facts, ask), onShare);
  }

  cancel(ticket: number): Promise<void> {
    this.newest = Math.max(this.newest, ticket);
    return Promise.resolve();
  }

  /** Null: a newer request came while the tables were loaded. */
  private async begin(ticket: number, plan: Plan): Promise<StepModelFacts | null> {
    this.newest = Math.max(this.newest, ticket);
    const facts = await factsOf(plan);
    return this.newest === ticket ? facts : null;
  }

  private async drive<T>(
    ticket: number,
    steps: Generator<SimulationShare, T>,
    onShare: OnShare,
  ): Promise<T | null> {
    let breath = performance.now();
    let told = 0;
    for (;;) {
      const step = steps.next();
      if (step.done) return step.value;
      const now = performance.now();
      if (now - breath < PORTION_MS) continue;
      if (now - told > REPORT_MS) {
        told = now;
        onShare(step.value);
      }
      await breathe();
      if (this.newest !== ticket) return null;
      breath = performance.now();
    }
  }
}
