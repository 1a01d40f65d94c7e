import { describe, expect, test } from "vitest";
import { catalog, loadStudents } from "../../planner-data.ts";
import { countDenseParameters } from "../tensors/dense-tensors.ts";
import devices from "../../../planner-data/students/devices.json" with { type: "json" };
import models from "../../../planner-data/students/models.json" with { type: "json" };
import speeds from "../../../planner-data/students/speeds.json" with { type: "json" };
import training from "../../../planner-data/students/training.json" with { type: "json" };
import { parseStudents } from "./parse-students.ts";

const files = { models, devices, speeds, training };
const sources = new Set(catalog.sources.keys());
const problemOf = (changed: Partial<Record<keyof typeof files, unknown>>) => {
  const parsed = parseStudents({ ...files, ...changed }, sources);
  return parsed.ok ? undefined : `${parsed.error.path}: ${parsed.error.problem}`;
};

describe("planner-data/students", () => {
  test("parses, and every id is there once", async () => {
    const facts = await loadStudents();
    expect(facts.students.size).toBe(models.rows.length);
    expect(facts.devices.size).toBe(devices.length);
    expect(facts.trainingRuns.length).toBe(training.rows.length);
  });

  test("parameter counts are within 7 % of what a model's name says", async () => {
    for (const { name, architecture } of (await loadStudents()).students.values()) {
      const said = /(\d+(\.\d+)?)B/.exec(name)?.[1];
      if (said === undefined) continue;
      const { total, embedding } = countDenseParameters(architecture);
      // Makers round, and some leave the second copy of the embedding out.
      const near = [total, total - embedding].map((n) => Math.abs(n / (Number(said) * 1e9) - 1));
      expect(Math.min(...near), name).toBeLessThan(0.07);
    }
  });

  test("devices give less than they have", async () => {
    for (const { id, memory, usableMemory } of (await loadStudents()).devices.values())
      expect(usableMemory.value, id).toBeLessThan(memory.value);
  });

  test("names the file and the field that are wrong", () => {
    const row = [...(models.rows[0] ?? [])];
    row[2] = "mamba";
    expect(problemOf({ models: { ...models, rows: [row] } })).toMatch(/^models\.json: rows\[0\]\[2\]/);
    const lost = [...(speeds.rows[0] ?? [])];
    lost[0] = "abacus";
    expect(problemOf({ speeds: { ...speeds, rows: [lost] } })).toBe(
      'speeds.json: rows[0]: no device "abacus" in devices.json',
    );
    const [first] = devices;
    const unit = { ...first, memory: { ...first?.memory, unit: "GB" } };
    expect(problemOf({ devices: [unit] })).toMatch(/^devices\.json: \[0\]\.memory\.unit|memory\.unit/);
    const unsourced = { ...first, memory: { ...first?.memory, source: "hearsay" } };
    expect(problemOf({ devices: [unsourced] })).toContain('no source "hearsay"');
  });
});
