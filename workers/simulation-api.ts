/** What the page may ask of the simulation worker. Types only; plain data both ways. */
import type { Plan } from "../src/core/domain/plan.ts";
import type {
  PlanSimulation,
  ReplicaAsk,
  ReplicaSizing,
  SimulationAsk,
  SimulationShare,
} from "../src/core/domain/plan-simulation.ts";
import type { Problem } from "../src/core/domain/problem.ts";
import type { Result } from "../src/core/domain/result.ts";

export type OnShare = (share: SimulationShare) => void;

export interface SimulationApi {
  /** `ticket` rises with every request: an older one ends at its next portion and answers null. */
  simulate(
    ticket: number,
    plan: Plan,
    ask: SimulationAsk,
    onShare: OnShare,
  ): Promise<Result<PlanSimulation, Problem> | null>;
  sizeReplicas(
    ticket: number,
    plan: Plan,
    ask: ReplicaAsk,
    onShare: OnShare,
  ): Promise<Result<ReplicaSizing, Problem> | null>;
  /** Ends whatever is at work. */
  cancel(ticket: number): Promise<void>;
}
