import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { DEEPSEEK_V3 } from "../src/core/tensors/deepseek-v3.fixture.ts";
import { GGML_TYPES } from "../src/core/tensors/ggml-types.ts";
import { quantizeTensors, type TypeOverride } from "../src/core/tensors/quantize-tensors.ts";
import { writeSparseGguf } from "../test/llama-cpp/sparse-gguf.mjs";
import { expect, expectCleanAt, test } from "./site.ts";

const folder = mkdtempSync(join(tmpdir(), "fathom-gguf-"));
// not after all tests: a worker that is given more tests of this file later still needs it
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A file of full length, all holes behind its header: 400 GB that take no disk. */
function writeModel(name: string, overrides: readonly TypeOverride[] = []): string {
  const path = join(folder, name);
  const tensors = quantizeTensors(DEEPSEEK_V3, "Q4_K_M", { imatrix: false, mtpLayer: false, overrides });
  writeSparseGguf(path, {
    architecture: DEEPSEEK_V3,
    mtpLayer: false,
    tensors: tensors.map((tensor) => ({ ...tensor, typeId: GGML_TYPES[tensor.type].id })),
  });
  return path;
}

function writeText(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CONFIG = {
  model_type: "deepseek_v3",
  _name_or_path: "someone/my-tune",
  ...{ hidden_size: 7168, vocab_size: 129280, num_hidden_layers: 61, first_k_dense_replace: 3 },
  ...{ intermediate_size: 18432, moe_intermediate_size: 2048, n_routed_experts: 256, n_shared_experts: 1 },
  ...{ num_experts_per_tok: 8, num_attention_heads: 128, q_lora_rank: 1536, kv_lora_rank: 512 },
  ...{ qk_rope_head_dim: 64, qk_nope_head_dim: 128, v_head_dim: 128, num_nextn_predict_layers: 0 },
  torch_dtype: "bfloat16",
};

const drop = (page: Page, path: string) => page.getByTestId("model-file-input").setInputFiles(path);

test.beforeEach(async ({ page }) => {
  await page.goto("./#view=quantizations");
  await expect(page.getByTestId("figure-mix")).toBeVisible();
});

test("a file of 400 GB is told by its header, taken as the plan, and then is the plan's", async ({
  page,
}) => {
  const overrides: TypeOverride[] = [
    { pattern: "attn_q_a", type: "q8_0" },
    { pattern: "blk\\.(3|4)\\.ffn_down_exps", type: "q5_K" },
  ];
  await drop(page, writeModel("own-mix.gguf", overrides));
  const answer = page.getByTestId("gguf-answer");
  await expect(answer).toContainText("cannot be this plan’s");
  await expect(answer).toContainText("Q4_K_M, 2 rules of its own");
  await answer.getByRole("button", { name: "Take the file as the plan" }).click();
  await expect(answer).toContainText("The file is the plan’s: 1,086 of 1,086 tensors compared, all alike.");
  await expect(page.getByTestId("mix-rule")).toHaveCount(2);
  await expect(page.getByTestId("mix-editor").getByRole("heading", { level: 2 })).toContainText(
    "2 rules make the file",
  );

  await page.getByRole("button", { name: "Remove rule 1" }).click();
  await expect(answer).toContainText(/\d+ of 1,086 tensors differ from the plan’s Q4_K_M/);
  await answer.locator("summary").click();
  await expect(answer.getByRole("group", { name: "Tensors that differ" })).toContainText("another type");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByTestId("mix-rule")).toHaveCount(2);
  await expect(answer).toContainText("all alike");
});

test("broken files are refused in one line, and the page goes on to one that is whole", async ({ page }) => {
  const problem = page.getByTestId("model-file-problem");
  await drop(page, writeText("notes.gguf", "these are only notes, long enough to be read"));
  await expect(problem).toContainText("notes.gguf: not a GGUF file");
  await drop(
    page,
    writeText("bad.gguf", `GGUF\u0003\u0000\u0000\u0000${"\u0000".repeat(6)}zz${"\u0001".repeat(8)}`),
  );
  await expect(problem).toContainText(/bad\.gguf: .*no file has that|bad\.gguf: .*more than/);
  await drop(page, writeText("config.json", JSON.stringify({ ...CONFIG, n_routed_experts: 384 })));
  await expect(problem).toContainText("n_routed_experts: 384");
  await drop(page, writeModel("stock.gguf"));
  await expect(page.getByTestId("gguf-answer")).toContainText("Q4_K_M, no rule of its own");
  await page.getByRole("button", { name: "Forget the file" }).click();
  await expect(page.getByTestId("gguf-answer")).toHaveCount(0);

  await test.step("a fine-tune's configuration fills the plan", async () => {
    await drop(page, writeText("tune.json", JSON.stringify(CONFIG)));
    const answer = page.getByTestId("checkpoint-answer");
    await expect(answer).toContainText(
      "It has the shapes of DeepSeek-V3-0324 in BF16, without an MTP layer.",
    );
    await expect(answer).toContainText("someone/my-tune");
    await answer.getByRole("button", { name: "Take it as the plan" }).click();
    await expect(page.getByTestId("formats").locator("tr[data-weights=bf16]")).toContainText("this plan");
  });
});

test("rules change sizes as they are typed, a fault stands beside its rule, and undo takes back", async ({
  page,
}) => {
  const editor = page.getByTestId("mix-editor");
  await editor.getByLabel("File type").selectOption("gguf:Q4_K_M");
  await expect(editor.getByRole("heading", { level: 2 })).toContainText("takes the stock mix");
  await editor.getByRole("button", { name: "Add a rule" }).click();
  const rule = page.getByTestId("mix-rule");
  await expect(rule).toContainText("58 tensors");
  const pattern = page.getByLabel("Pattern of rule 1");
  await pattern.fill("attn_q_b");
  await page.getByLabel("Type of rule 1").selectOption("q8_0");
  await expect(rule).toContainText("61 tensors");
  await expect(page.getByTestId("mix-tables")).toContainText(/[\d,]+ bytes of tensors/);
  await pattern.fill("attn_(");
  await expect(rule.getByRole("alert")).toContainText("no regular expression");
  await expect(pattern).toHaveValue("attn_(");
  await pattern.fill("attn_q_b");
  await expect(rule.getByRole("alert")).toHaveCount(0);
  await editor.getByRole("button", { name: "Add a rule" }).click();
  await page.getByLabel("Pattern of rule 2").fill("attn_q");
  await expect(page.getByTestId("mix-rule").nth(1)).toContainText("61 tensors");
  await page.getByRole("button", { name: "Move rule 2 up" }).click();
  await expect(page.getByTestId("mix-rule").nth(1)).toContainText("decides nothing");
  await editor.getByRole("button", { name: "Back to the stock mix" }).click();
  await expect(rule).toHaveCount(0);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(rule).toHaveCount(2);
  await page.reload();
  await expect(rule).toHaveCount(2);
});

test("a mix to start from takes its matrix along", async ({ page }) => {
  const editor = page.getByTestId("mix-editor");
  await editor.getByRole("button", { name: "Experts in two bits, rest in q8_0" }).click();
  await expect(page.getByTestId("mix-rule")).toHaveCount(3);
  await expect(editor.getByLabel("importance matrix")).toBeChecked();
  await expect(editor.getByRole("heading", { level: 2 })).toContainText("3 rules make the file");
});

test("axe finds nothing and nothing scrolls sideways, light and dark, phone and desktop", async ({
  page,
}) => {
  await drop(page, writeModel("axe.gguf", [{ pattern: "attn_", type: "q8_0" }]));
  await page.getByRole("button", { name: "Take the file as the plan" }).click();
  await expect(page.getByTestId("mix-rule").first()).toBeVisible();
  await expectCleanAt(page, [360, 1440], ['[data-testid="mix-editor"]', '[data-testid="model-file"]']);
});
