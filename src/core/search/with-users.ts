import type { Plan } from "../domain/plan.ts";

/** The plan under so many users at once, in place of its own load: a rate of arrivals and their bursts go. */
export function withUsers(plan: Plan, users: number): Plan {
  const { requestsPerSecond: _rate, arrivals: _bursts, ...workload } = plan.workload;
  return { ...plan, workload: { ...workload, concurrency: users } };
}
