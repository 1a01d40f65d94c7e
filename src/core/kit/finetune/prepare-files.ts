/** The base before training: downloaded as published, and cast to BF16 where the framework reads BF16. */
import { needsCopy } from "../../domain/finetune-plan.ts";
import type { CheckpointRepository } from "../../domain/catalog.ts";
import { copyBytes } from "../../tensors/weight-totals.ts";
import { formatFileSize, formatHours } from "../../units/format.ts";
import { gb } from "../engines/arguments.ts";
import type { Draft } from "../files/draft.ts";
import { array, block, code, printScript } from "../render/shell.ts";
import type { Run } from "./run.ts";
import { head, WEIGHTS } from "./scripts.ts";

export const repositoryOf = ({ model }: Run): CheckpointRepository | undefined =>
  model.repositories.find(({ weights }) => weights === "fp8");

export function prepareFiles(run: Run): Draft[] {
  const repository = repositoryOf(run);
  return [
    ...(repository ? [downloadScript(repository)] : []),
    ...(needsCopy(run.plan) ? [castScript(run), FINISH_CAST] : []),
  ];
}

function downloadScript({ repository, revision }: CheckpointRepository): Draft {
  const lines = [
    ...head("Fetches the checkpoint as published. Start it again to go on."),
    ...array("download", [
      { words: ["download", repository], because: "the published checkpoint" },
      ...(revision === undefined
        ? []
        : [{ words: ["--revision", revision], because: "the revision that the catalog pins" }]),
      { words: ["--local-dir", WEIGHTS.fp8], because: "a link will do: weights may lie elsewhere" },
    ]),
    code('hf "${download[@]}"'),
  ];
  return { path: "prepare/download.sh", executable: true, ...printScript(lines) };
}

/** The stage of the schedule that a file belongs to, its time with interval and basis, and its disk. */
export function stageText({ estimate }: Run, name: string): string {
  const stage = estimate.schedule.find((one) => one.name === name);
  if (!stage) return "not estimated";
  const { value, low, high, basis } = stage.hours;
  const [time, from, to] = [value, low, high].map(formatHours);
  const size = stage.bytes === null ? "" : `, ${formatFileSize(stage.bytes)}`;
  return `${time} (${from} to ${to}, ${basis})${size}`;
}

/**
 * DeepSeek's own converter, which lies beside the weights of some repositories and in its GitHub repository.
 *
 * Source   deepseek-ai/DeepSeek-V3 README, inference/fp8_cast_bf16.py
 */
function castScript(run: Run): Draft {
  const cast = copyBytes(run.model.architecture);
  const lines = [
    ...head(
      `Casts the FP8 checkpoint to BF16: ${stageText(run, "Cast FP8 to BF16")}. Needs one GPU with FP8.`,
    ),
    code("FP8_CAST=${FP8_CAST:?set it to inference/fp8_cast_bf16.py of github.com/deepseek-ai/DeepSeek-V3}"),
    {
      text: `want_gb=${Math.ceil(cast / 1e9)}`,
      because: `the BF16 copy takes ${gb(cast)}, its MTP layer with it`,
    },
    ...block(`
      mkdir -p ${WEIGHTS.bf16}
      have_gb=$(($(du -s -B1 "$(readlink -f ${WEIGHTS.bf16})" | cut -f 1) / 1000000000))
      free_gb=$(($(df -B1 --output=avail ${WEIGHTS.bf16} | tail -n 1) / 1000000000))
      if [ "$((free_gb + have_gb))" -lt "\${want_gb}" ]; then
        printf '%s GB free for the BF16 copy, %s wanted\\n' "\${free_gb}" "\${want_gb}" >&2
        exit 1
      fi
    `),
    ...array("cast", [
      { words: ["--input-fp8-hf-path", WEIGHTS.fp8], because: "as published" },
      { words: ["--output-bf16-hf-path", WEIGHTS.bf16], because: "what the framework reads" },
    ]),
    code('PYTHONPATH="$(dirname "${FP8_CAST}")" python3 "${FP8_CAST}" "${cast[@]}"'),
    code(`python3 prepare/finish_cast.py ${WEIGHTS.fp8} ${WEIGHTS.bf16}`),
  ];
  return { path: "prepare/cast.sh", executable: true, ...printScript(lines) };
}

const FINISH_CAST_PY = `#!/usr/bin/env python3
"""Makes a folder of cast weights a checkpoint: configuration without its FP8 scales, tokenizer, index checked.

finish_cast.py FP8 BF16
"""
import json
import pathlib
import shutil
import sys


def main(source, target):
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    config.pop("quantization_config", None)
    config["torch_dtype"] = "bfloat16"
    for path in source.iterdir():
        kept = path.suffix in {".json", ".py", ".model", ".txt", ".jinja"}
        if path.is_file() and kept and path.name not in {"config.json", "model.safetensors.index.json"}:
            shutil.copy2(path, target / path.name)
    index = json.loads((target / "model.safetensors.index.json").read_text(encoding="utf-8"))
    missing = sorted(name for name in set(index["weight_map"].values()) if not (target / name).is_file())
    if missing:
        raise SystemExit(f"{missing[0]} is missing, and {len(missing) - 1} more: cast again")
    scales = [name for name in index["weight_map"] if name.endswith("_scale_inv")]
    if scales:
        raise SystemExit(f"{len(scales)} FP8 scales are still in the index: the cast did not end")
    (target / "config.json").write_text(json.dumps(config, indent=2) + "\\n", encoding="utf-8")
    print(f"{target} is a BF16 checkpoint of {len(index['weight_map'])} tensors")


if len(sys.argv) != 3:
    raise SystemExit(__doc__.splitlines()[2])
main(*map(pathlib.Path, sys.argv[1:]))
`;

const FINISH_CAST: Draft = { path: "prepare/finish_cast.py", text: FINISH_CAST_PY, executable: true };
