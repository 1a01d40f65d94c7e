import { describe, expect, it } from "vitest";
import { catalog } from "../../../planner-data.ts";
import { FINETUNE, type FinetuneParameter } from "./parameters.ts";

describe("the fine-tuning model's numbers", () => {
  it.each(Object.entries<FinetuneParameter>(FINETUNE))("%s says what it rests on", (_, parameter) => {
    expect(parameter.value).toBeGreaterThan(0);
    expect(parameter.restsOn.length).toBeGreaterThan(8);
    const published = ["measured", "datasheet", "calibrated"].includes(parameter.basis);
    expect(parameter.source !== undefined).toBe(published);
    if (parameter.source !== undefined) expect(catalog.sources.has(parameter.source)).toBe(true);
  });
});
