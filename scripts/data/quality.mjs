/**
 * Reshapes published perplexities: planner-data/quality/quality.json.
 *
 *   node scripts/data/quality.mjs <folder with quality.json>
 */
import { join } from "node:path";
import { rawFolder, readJson, writeData } from "./write-data.mjs";

const { rows } = readJson(join(rawFolder("quality.mjs", "quality.json"), "quality.json"));

function sourceOf(text) {
  const number = /(?:discussions\/|issue )(\d+)$/.exec(text)?.[1];
  if (!number) throw new Error(`no source for "${text}"`);
  return `ik-llama-${number}`;
}

await writeData("quality/quality.json", {
  test: { text: "wiki.test.raw", contextTokens: 512, chunks: 561 },
  columns: ["model", "recipe", "weights", "sizeGiB", "bitsPerWeight", "perplexity", "plusMinus", "source"],
  rows: rows.map((row) => {
    const name = row.recipe.replace(/ \(\d+ GB file\)$/, "");
    const stock = /^I?Q\d_(?:\d|K(?:_[SML])?|XS|XXS|S|M|NL)$/.test(name) && name === row.recipe;
    // A name that counts GB leaves open whether the figure beside it is GB or GiB.
    const size = name === row.recipe ? row.size : null;
    const weights = stock ? `gguf:${name}` : null;
    return [
      row.model,
      name,
      weights,
      size,
      row.bitsPerWeight,
      row.perplexity,
      row.plusMinus,
      sourceOf(row.source),
    ];
  }),
});
console.log(`${rows.length} perplexities`);
