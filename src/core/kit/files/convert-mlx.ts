/** convert/ of MLX weights: one pass of mlx_lm.convert over the published checkpoint, and a look at the result. */
import { argument, flagOnly, gb } from "../engines/arguments.ts";
import type { KitIr, WeightsOrigin } from "../ir.ts";
import { array, block, code, printScript, variable, type ScriptLine } from "../render/shell.ts";
import { diskNeeds } from "./disk.ts";
import { scriptHead, type Draft } from "./draft.ts";
import { argumentItem } from "./serve.ts";

type Origin = Extract<WeightsOrigin, { kind: "mlx" }>;

/** What is compared is the sum of all tensors: a share of it is left to types that the loader widens. */
const TOLERANCE_PER_MILLE = 2;

export const mlxConversion = (ir: KitIr, origin: Origin): Draft[] => [
  convert(ir, origin),
  verify(ir, origin),
];

function convert(ir: KitIr, { bits, groupSize }: Origin): Draft {
  const perWeight = bits + 32 / groupSize;
  const lines: ScriptLine[] = [
    ...scriptHead(ir, `FP8 checkpoint to ${ir.weights.name}`, "../serve/env"),
    { text: `want_gb=${Math.ceil(ir.serving / 1e9)}`, because: diskNeeds(ir).because },
    ...block(`
      mkdir -p "$(dirname "\${MODEL_DIR}")"
      free_gb=$(($(df -B1 --output=avail "$(dirname "\${MODEL_DIR}")" | tail -n 1) / 1000000000))
      if [ "\${free_gb}" -lt "\${want_gb}" ]; then
        printf 'convert.sh needs %s GB beside %s, %s are free\\n' "\${want_gb}" "\${MODEL_DIR}" "\${free_gb}" >&2
        exit 1
      fi
    `),
    ...array(
      "args",
      [
        argument("--hf-path", variable("SOURCE_DIR"), "FP8 blocks are multiplied out as they are read"),
        argument("--mlx-path", variable("MODEL_DIR"), "must not be there yet: the converter makes it"),
        flagOnly("--quantize", `plan: ${ir.weights.name}`),
        argument("--q-bits", bits, `plan: ${perWeight} bits a weight with its share of scale and bias`),
        argument("--q-group-size", groupSize, "inputs that share a scale and a bias of 16 bits each"),
        argument("--q-mode", "affine", "scale and bias: the mode that the plan's bytes are of"),
        argument("--dtype", "bfloat16", "norms and router keep the checkpoint's own type"),
      ].map(argumentItem),
    ),
    code('exec mlx_lm.convert "${args[@]}"'),
  ];
  return { path: "convert/convert.sh", executable: true, ...printScript(lines) };
}

function verify(ir: KitIr, { bits, groupSize }: Origin): Draft {
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Compares the converted files with the plan", "../serve/env"),
    {
      text: `want_bytes=${ir.serving}`,
      because: `${gb(ir.serving)}: every tensor with its scales and biases`,
    },
    code(`export want_bytes want_bits=${bits} want_group=${groupSize} tolerance=${TOLERANCE_PER_MILLE}`),
    ...block(`
      python3 - "\${MODEL_DIR}" << 'EOF'
      import json, os, sys
      folder = sys.argv[1]
      want = {name: int(os.environ["want_" + name]) for name in ("bytes", "bits", "group")}
      with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
          made = json.load(file).get("quantization") or {}
      with open(os.path.join(folder, "model.safetensors.index.json"), encoding="utf-8") as file:
          index = json.load(file)
      size = index["metadata"]["total_size"]
      files = sorted(set(index["weight_map"].values()))
      missing = [name for name in files if not os.path.isfile(os.path.join(folder, name))]
      checks = [
          (f"{made.get('bits')} bits, the plan has {want['bits']}", made.get("bits") == want["bits"]),
          (f"groups of {made.get('group_size')}, the plan has {want['group']}", made.get("group_size") == want["group"]),
          (f"{size} bytes, the plan has {want['bytes']}", abs(size - want["bytes"]) * 1000 <= int(os.environ["tolerance"]) * want["bytes"]),
          (f"{len(files)} files, {len(missing)} missing", not missing),
      ]
      for text, holds in checks:
          print("PASS" if holds else "FAIL", "", text)
      sys.exit(0 if all(holds for _, holds in checks) else 1)
      EOF
    `),
  ];
  return { path: "convert/verify.sh", executable: true, ...printScript(lines) };
}
