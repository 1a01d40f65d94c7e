import { describe, expect, it } from "vitest";
import type { Plan } from "../../domain/plan.ts";
import { KIT_CASES, type KitCase } from "../fixtures/cases.ts";
import { compileCase, kitOf } from "../fixtures/compile-case.ts";
import { unpackKit } from "../fixtures/unpack-kit.ts";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const base = KIT_CASES.find(({ name }) => name === "llamacpp-q4km-8xa100") as KitCase;
const withTypes = (tensorTypes: NonNullable<Plan["options"]["tensorTypes"]>): KitCase => ({
  ...base,
  plan: { ...base.plan, options: { ...base.plan.options, tensorTypes } },
});

describe("per-tensor types", () => {
  it("reach llama-quantize as the plan has them, in their order", () => {
    const unpacked = unpackKit(
      kitOf(
        withTypes([
          { pattern: "blk\\.(5[6-9]|60)\\.", type: "q6_K" },
          { pattern: "^output$", type: "iq2_xs" },
        ]),
      ),
    );
    try {
      mkdirSync(join(unpacked.folder, "model/work"), { recursive: true });
      writeFileSync(join(unpacked.folder, "model/work/imatrix.gguf"), "GGUF");
      const { argvs, output } = unpacked.run("convert/quantize.sh");
      expect(output).toBe("");
      const words = argvs[0] ?? [];
      expect(words.filter((_, i) => words[i - 1] === "--tensor-type")).toEqual([
        "blk\\.(5[6-9]|60)\\.=q6_K",
        "^output$=iq2_xs",
      ]);
      // A type that needs one brings the importance matrix with it.
      expect(words).toContain("--imatrix");
    } finally {
      unpacked.remove();
    }
  });

  it.each(["$(id) ", "a\nb", "a'b", "(a+)+", "x=q8_0"])("%j is refused", (pattern) => {
    expect(compileCase(withTypes([{ pattern, type: "q8_0" }]))).toMatchObject({
      ok: false,
      error: { path: "options.tensorTypes.0.pattern" },
    });
  });

  it("are for GGUF files only", () => {
    const sglang = KIT_CASES[0] as KitCase;
    const options = { tensorTypes: [{ pattern: "attn", type: "q8_0" as const }] };
    expect(compileCase({ ...sglang, plan: { ...sglang.plan, options } })).toMatchObject({
      ok: false,
      error: { path: "options.tensorTypes" },
    });
  });
});

describe("convert.sh", () => {
  // convert_hf_to_gguf.py of llama.cpp 0.5.0 ends at once where --no-mtp meets DeepseekV3ForCausalLM:
  // `supports_mtp_export` is false there, and the layer is never written.
  it("does not tell the converter to leave out what it cannot keep", () => {
    const script = kitOf(base).files.find(({ path }) => path === "convert/convert.sh");
    expect(script?.text).toContain("--outtype bf16");
    expect(script?.text).not.toContain("mtp");
  });
});
