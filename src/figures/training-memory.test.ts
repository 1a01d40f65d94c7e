import { describe, expect, it } from "vitest";
import type { TrainingRank } from "../core/domain/finetune-estimate.ts";
import { trainingColumns, trainingFinding, trainingParts } from "./training-memory.ts";

const rank: TrainingRank = {
  name: "GPU 0",
  kind: "accelerator",
  experts: 40,
  dense: 10,
  gathered: 5,
  adapters: 1,
  gradients: 1,
  optimizer: 2,
  activations: 20,
  logits: 5,
  communication: 2,
  runtime: 3,
  fragmentation: 1,
  total: 90,
  capacity: 80,
};

describe("training memory", () => {
  it("draws parts that sum to the total", () => {
    const parts = trainingParts(rank);
    expect(Object.values(parts).reduce((sum, bytes) => sum + bytes, 0)).toBe(rank.total);
  });

  it("stacks parts to the capacity; what goes beyond does not fit", () => {
    const { columns, labels } = trainingColumns([rank]);
    const [column] = columns;
    expect(column?.label).toBe("0");
    expect(column?.capacity).toBeCloseTo(80 / 90 / 1.055);
    expect(column?.segments.at(-1)).toMatchObject({ part: "over", bytes: 10, from: column?.capacity });
    expect(column?.segments.at(-1)?.to).toBeCloseTo(1 / 1.055);
    expect(column?.segments.map(({ from }) => from)).toEqual(
      (column?.segments ?? []).map(({ from }) => from).sort((a, b) => a - b),
    );
    expect(labels.map(({ part }) => part).slice(0, 2)).toEqual(["over", "capacity"]);
  });

  it("leaves free what no part takes", () => {
    const segments = trainingColumns([{ ...rank, capacity: 100 }]).columns[0]?.segments;
    expect(segments?.at(-1)).toMatchObject({ part: "free", bytes: 10 });
  });

  it("names the largest part with its share", () => {
    expect(trainingFinding([rank], String)).toBe(
      "Routed experts take 44 % of the fullest rank; everything trained is 4 GiB.",
    );
  });
});
