/** When the chain has paid for itself, against serving the teacher. */
import type { OwnershipFacts } from "../../domain/catalog.ts";
import type {
  BreakEven,
  EdgeRow,
  ServiceCost,
  ServiceEstimate,
  TeacherEstimate,
} from "../../domain/distill-estimate.ts";
import type { ServicePlan } from "../../domain/distill-plan.ts";
import type { Ranged } from "../../domain/provenance.ts";
import type { EdgeDevice } from "../../domain/student.ts";
import { exactly, inverse, product, scaled, total } from "../ranges.ts";

const HOURS_PER_YEAR = 8766;

/** The teacher's cost of one request at its cheapest load, from a job of such requests. */
function requestCost(job: TeacherEstimate | null): Ranged | null {
  return job?.usd == null ? null : scaled(job.usd, 1 / job.requests);
}

function apiCost(job: TeacherEstimate | null): { readonly usd: number; readonly provider: string } | null {
  const [cheapest] = job?.api ?? [];
  return job && cheapest ? { usd: cheapest.usd / job.requests, provider: cheapest.provider } : null;
}

/**
 * A request on a device that answers one at a time: its share of the price, and the electricity.
 *
 *   seconds × (price / (years × 8766 h) + kW × $/kWh) / 3600; only where the device is busy around the clock
 *
 * Null without a list price or a power draw.
 */
function ownDeviceCost(
  device: EdgeDevice,
  row: EdgeRow,
  service: ServicePlan,
  facts: OwnershipFacts,
): Ranged | null {
  if (device.listPrice === undefined || device.powerDraw === undefined || row.tokensPerSecond === null)
    return null;
  const hours = scaled(inverse(row.tokensPerSecond), service.answerTokens / 3600);
  const rent = device.listPrice.value / (facts.amortisationYears.value * HOURS_PER_YEAR);
  const power = (device.powerDraw.value / 1e3) * facts.usdPerKilowattHour.value;
  return product(hours, exactly(rent + power, "assumed"));
}

/**
 * Requests after which the chain has paid for itself.
 *
 *   chain's cost / (cost of a request at the teacher - cost of it at the student)
 *
 * Null where the student's request costs as much or more.
 */
export function breakEvenRequests(chain: Ranged, teacher: Ranged, student: Ranged): Ranged | null {
  const saved = total([
    teacher,
    { ...student, value: -student.value, low: -student.high, high: -student.low },
  ]);
  if (!(saved.value > 0)) return null;
  return product(chain, inverse({ ...saved, low: Math.max(saved.low, saved.value / 20) }));
}

export interface ServiceInput {
  readonly chainUsd: Ranged | null;
  /** A day of the service as a job of the teacher. */
  readonly teacherDay: TeacherEstimate | null;
  readonly device: EdgeDevice;
  readonly row: EdgeRow;
  readonly ownership: OwnershipFacts;
}

/**
 * Ways to answer the requests, and when the student's pay off.
 *
 * Users' own devices cost the operator nothing a request; their electricity is the users'. The teacher is
 * charged at full use: an idle server costs more, and breaks even sooner.
 */
export function estimateService(service: ServicePlan, input: ServiceInput): ServiceEstimate {
  const { chainUsd, teacherDay, device, row, ownership } = input;
  const teacher = requestCost(teacherDay);
  const api = apiCost(teacherDay);
  const own = ownDeviceCost(device, row, service, ownership);
  const apiUsd = api === null ? null : exactly(api.usd);
  const start = chainUsd?.value ?? 0;
  const free = exactly(0, "assumed");
  const ways: ServiceCost[] = [
    { id: "teacher", label: "the teacher, served at full use", usdPerRequest: teacher, usdAtStart: 0 },
    { id: "api", label: api?.provider ?? "an API", usdPerRequest: apiUsd, usdAtStart: 0 },
    { id: "users-devices", label: "the student on users' devices", usdPerRequest: free, usdAtStart: start },
    {
      id: "own-device",
      label: `the student on your own ${device.name}`,
      usdPerRequest: own,
      usdAtStart: start,
    },
  ];
  const pairs = [
    ["teacher", teacher, "users-devices", free],
    ["teacher", teacher, "own-device", own],
    ["api", apiUsd, "users-devices", free],
    ["api", apiUsd, "own-device", own],
  ] as const;
  const breakEven = pairs.flatMap(([against, dear, student, cheap]): BreakEven[] => {
    if (chainUsd === null || dear === null || cheap === null) return [];
    const requests = breakEvenRequests(chainUsd, dear, cheap);
    return [
      {
        against,
        student,
        requests,
        days: requests === null ? null : requests.value / service.requestsPerDay,
      },
    ];
  });
  return {
    ...service,
    ways: ways.filter(({ usdPerRequest }) => usdPerRequest !== null),
    breakEven,
    basis: "assumed",
  };
}
