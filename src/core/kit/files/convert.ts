/** convert/: from the published checkpoint to the GGUF files of the plan, checked against the manifest. */
import type { MlaArchitecture } from "../../domain/architecture.ts";
import type { GgufManifest } from "../../domain/tensor.ts";
import type { Argument } from "../ir.ts";
import { argument, counted, flagOnly, gb } from "../engines/arguments.ts";
import {
  array,
  block,
  code,
  join,
  printScript,
  printWords,
  variable,
  type ScriptLine,
  type Word,
} from "../render/shell.ts";
import { diskNeeds } from "./disk.ts";
import { scriptHead, type Draft, type Parts } from "./draft.ts";
import { mlxConversion } from "./convert-mlx.ts";
import { minutes } from "./readme.ts";
import { argumentItem } from "./serve.ts";
import { VERIFY_PY } from "./verify-py.ts";

/** Bytes a second of one pass that reads, converts and writes. Assumed. */
const PASS = 1e9;

/** Types that the converter writes by itself: no pass of llama-quantize. */
const DIRECT: Readonly<Record<string, string>> = { BF16: "bf16", F16: "f16", F32: "f32" };

/** Tensor types that llama-quantize makes with an importance matrix only. */
const NEEDS_IMATRIX: ReadonlySet<string> = new Set([
  "iq1_s",
  "iq1_m",
  "iq2_xxs",
  "iq2_xs",
  "iq2_s",
  "iq3_xxs",
]);

interface Conversion {
  readonly parts: Parts;
  readonly manifest: GgufManifest;
  readonly needsImatrix: boolean;
  readonly direct: string | undefined;
}

export function convertFiles(parts: Parts): Draft[] {
  const { ir } = parts;
  if (ir.origin.kind === "mlx") return mlxConversion(ir, ir.origin);
  if (ir.origin.kind !== "convert") return [];
  const { manifest } = ir.origin;
  const conversion: Conversion = {
    parts,
    manifest,
    needsImatrix:
      manifest.imatrix ||
      ir.weights.needsImatrix === true ||
      ir.plan.options.imatrix === true ||
      (ir.plan.options.tensorTypes ?? []).some(({ type }) => NEEDS_IMATRIX.has(type)),
    direct: DIRECT[manifest.type],
  };
  return [
    { path: "convert/manifest.json", text: printManifest(manifest) },
    convertScript(conversion),
    ...(conversion.needsImatrix ? [imatrixScript(conversion)] : []),
    ...(conversion.direct === undefined && ir.origin.engineQuantizes !== true
      ? [quantizeScript(conversion)]
      : []),
    ...(ir.origin.engineQuantizes === true ? [] : [splitScript(conversion)]),
    verifyScript(conversion),
    { path: "convert/verify.py", text: VERIFY_PY, executable: true },
  ];
}

/** One tensor a line: a change of one type reads well in a diff. */
function printManifest({ tensors, ...head }: GgufManifest): string {
  const fields = Object.entries(head).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  );
  const rows = tensors.map((tensor) => `    ${JSON.stringify(tensor)}`);
  return `{\n${fields.join(",\n")},\n  "tensors": [\n${rows.join(",\n")}\n  ]\n}\n`;
}

const WORK = variable("WORK_DIR");
const sixteenBit: Word = join(WORK, "/model-16bit.gguf");
const quantized: Word = join(WORK, "/model.gguf");

function check(
  label: string,
  bytes: number,
  because: string,
  folder: "WORK_DIR" | "MODEL_DIR" = "WORK_DIR",
): ScriptLine[] {
  return [
    { text: `want_gb=${Math.ceil(bytes / 1e9)}`, because },
    ...block(`
      mkdir -p "\${${folder}}"
      free_gb=$(($(df -B1 --output=avail "\${${folder}}" | tail -n 1) / 1000000000))
      if [ "\${free_gb}" -lt "\${want_gb}" ]; then
        printf '${label} needs %s GB in %s, %s are free\\n' "\${want_gb}" "\${${folder}}" "\${free_gb}" >&2
        exit 1
      fi
    `),
  ];
}

function run(program: readonly Word[], list: readonly Argument[], rest: readonly Word[] = []): ScriptLine[] {
  const tail = rest.length === 0 ? "" : ` ${printWords(rest)}`;
  if (list.length === 0) return [code(`${printWords(program)}${tail}`)];
  return [...array("args", list.map(argumentItem)), code(`${printWords(program)} "\${args[@]}"${tail}`)];
}

function convertScript({ parts: { ir }, direct }: Conversion): Draft {
  const needs = diskNeeds(ir);
  const time = minutes((needs.download + needs.intermediate) / PASS);
  const type = direct ?? "bf16";
  const lines = [
    ...scriptHead(ir, "FP8 checkpoint to 16-bit GGUF", "../serve/env"),
    ...check(
      "convert.sh",
      needs.intermediate,
      `${gb(needs.intermediate)} are written; about ${time} at an assumed 1 GB/s`,
    ),
    ...run(
      ["python3", join(variable("LLAMA_CPP_DIR"), "/convert_hf_to_gguf.py")],
      [
        argument(
          "--outtype",
          type,
          "FP8 blocks are multiplied out with their scales; quantization starts from this",
        ),
        argument("--outfile", direct === undefined ? sixteenBit : quantized, "beside the checkpoint"),
        ...withoutMtp(ir.model.architecture),
      ],
      [variable("SOURCE_DIR")],
    ),
  ];
  return { path: "convert/convert.sh", executable: true, ...printScript(lines) };
}

/** The converter always leaves DeepSeek-V3's layer out, and refuses to be told so; V3.2's it keeps unless told. */
const withoutMtp = (architecture: MlaArchitecture): readonly Argument[] =>
  architecture.indexer === undefined
    ? []
    : [flagOnly("--no-mtp", "the plan's file is without the multi-token-prediction layer")];

function imatrixScript({ parts: { ir } }: Conversion): Draft {
  const lines = [
    ...scriptHead(ir, "Importance matrix", "../serve/env"),
    ...block(`
      # usage: imatrix.sh TEXT: a file of plain text like what the model will be asked
      text=\${1:?usage: imatrix.sh TEXT}
    `),
    ...run(
      ["llama-imatrix"],
      [
        argument(
          "--model",
          sixteenBit,
          `${gb(diskNeeds(ir).intermediate)}: what does not fit in memory is read again for every chunk`,
        ),
        argument("--file", variable("text"), "your text: the matrix is as good as it is like your requests"),
        argument("--output-file", join(WORK, "/imatrix.gguf"), "read by quantize.sh"),
        argument("--chunks", 200, "enough that every expert is met"),
        argument("--load-mode", "mmap", "the file is larger than most machines' memory"),
        ...(ir.placement.acceleratorsPerNode > 0
          ? [flagOnly("--cpu-moe", "attention on the accelerators, experts from the host")]
          : []),
      ],
    ),
  ];
  return { path: "convert/imatrix.sh", executable: true, ...printScript(lines) };
}

function quantizeScript({ parts: { ir }, manifest, needsImatrix }: Conversion): Draft {
  const time = minutes((diskNeeds(ir).intermediate + ir.serving) / PASS);
  const list: Argument[] = [];
  if (needsImatrix) {
    list.push(
      argument(
        "--imatrix",
        join(WORK, "/imatrix.gguf"),
        `${manifest.type} with an importance matrix, as in the plan`,
      ),
    );
  }
  const overrides = ir.plan.options.tensorTypes ?? [];
  for (const { pattern, type } of overrides) {
    list.push(
      argument(
        "--tensor-type",
        `${pattern}=${type}`,
        `plan: ${type} where a tensor's name has this, before the mix`,
      ),
    );
  }
  const lines = [
    ...scriptHead(ir, `Quantizes to ${manifest.type}`, "../serve/env"),
    ...check(
      "quantize.sh",
      ir.serving,
      `${gb(ir.serving)} are written; about ${time} at an assumed 1 GB/s, more on few cores`,
    ),
    ...(needsImatrix
      ? block(`
          if [ ! -s "\${WORK_DIR}/imatrix.gguf" ]; then
            printf 'run imatrix.sh first, or put an importance matrix at %s/imatrix.gguf\\n' "\${WORK_DIR}" >&2
            exit 1
          fi
        `)
      : []),
    {
      text: "# llama.cpp's own mix of this type: manifest.json names the type of every tensor.",
      because:
        overrides.length === 0
          ? "stock mix: no tensor is overridden"
          : `stock mix below ${counted(overrides.length, "override")} of the plan: the first that is found decides`,
    },
    ...run(["llama-quantize"], list, [sixteenBit, quantized, manifest.type, { substitute: "nproc" }]),
  ];
  return { path: "convert/quantize.sh", executable: true, ...printScript(lines) };
}

/** As llama-gguf-split reads it: G is 10^9, M is 10^6. */
const splitSize = (bytes: number): string =>
  bytes % 1e9 === 0 ? `${bytes / 1e9}G` : `${Math.floor(bytes / 1e6)}M`;

function splitScript({ parts: { ir }, manifest }: Conversion): Draft {
  const first = manifest.splits[0]?.file ?? "";
  const head = scriptHead(ir, "Splits the file and moves it to the model folder", "../serve/env");
  if (manifest.splits.length <= 1) {
    const lines = [
      ...head,
      code('mkdir -p "${MODEL_DIR}"'),
      code(printWords(["mv", "--", quantized, join(variable("MODEL_DIR"), `/${first}`)])),
    ];
    return { path: "convert/split.sh", executable: true, ...printScript(lines) };
  }
  const prefix = first.replace(/-\d{5}-of-\d{5}\.gguf$/, "");
  const lines = [
    ...head,
    ...check("split.sh", ir.serving, `${gb(ir.serving)} are written once more`, "MODEL_DIR"),
    ...run(
      ["llama-gguf-split"],
      [
        flagOnly("--split", `${manifest.splits.length} files`),
        argument(
          "--split-max-size",
          splitSize(manifest.splitMaxBytes),
          "a size that every file system and mirror takes",
        ),
      ],
      [quantized, join(variable("MODEL_DIR"), `/${prefix}`)],
    ),
  ];
  return { path: "convert/split.sh", executable: true, ...printScript(lines) };
}

function verifyScript({ parts: { ir }, manifest }: Conversion): Draft {
  const lines = [
    ...scriptHead(ir, "Compares every tensor of the files with the manifest", "../serve/env"),
    code(
      printWords([
        "python3",
        join(variable("here"), "/verify.py"),
        join(variable("here"), "/manifest.json"),
        join(variable("MODEL_DIR"), `/${manifest.splits[0]?.file ?? ""}`),
      ]),
    ),
  ];
  return { path: "convert/verify.sh", executable: true, ...printScript(lines) };
}
