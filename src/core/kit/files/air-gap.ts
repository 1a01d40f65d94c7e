/** Without a network inside: what is fetched outside, how much and how long, and what is checked inside. */
import { gb } from "../engines/arguments.ts";
import type { KitIr } from "../ir.ts";
import { assign, block, code, printScript, printWords, type ScriptLine } from "../render/shell.ts";
import { markdownCode, markdownText } from "../text.ts";
import { diskNeeds } from "./disk.ts";
import { imageOf, scriptHead, type Draft, type Parts } from "./draft.ts";

/** What `pip` calls the engine; others come as images or programs. */
const PACKAGE: Readonly<Record<string, string>> = {
  vllm: "vllm",
  sglang: "sglang",
  lmdeploy: "lmdeploy",
  mlx: "mlx-lm",
};
/** Rates in B/s and sizes in bytes that nobody measured here. Assumed. */
const LINE = 125e6;
const DISK = 500e6;
const IMAGE_BYTES = 25e9;
const WHEEL_BYTES = 8e9;

const usesImage = ({ ir: { plan }, launch }: Parts): boolean =>
  launch.withoutContainers === undefined &&
  (plan.target === undefined || plan.target === "compose" || plan.target === "kubernetes");
const usesPrograms = ({ plan }: KitIr): boolean => plan.target !== "compose" && plan.target !== "kubernetes";

function packagesOf(ir: KitIr): readonly string[] {
  const name = usesPrograms(ir) ? PACKAGE[ir.engine.id] : undefined;
  if (name === undefined) return [];
  const routed = ir.plan.layout.disaggregated !== null && ir.engine.id === "sglang";
  return [
    `${name}==${ir.version.version}`,
    ...(ir.plan.target === "ray" ? ["ray"] : []),
    ...(routed ? ["sglang-router"] : []),
  ];
}

const isConverted = ({ origin }: KitIr): boolean => origin.kind !== "repository";
const carriedBytes = (ir: KitIr): number => (isConverted(ir) ? ir.serving : diskNeeds(ir).download);
/** Weight files of a conversion: their sums are a file of their own. */
const suffixOf = ({ origin }: KitIr): string => (origin.kind === "mlx" ? "safetensors" : "gguf");

export const airGapFiles = (parts: Parts): Draft[] => [packScript(parts), unpackScript(parts)];

function packScript(parts: Parts): Draft {
  const { ir } = parts;
  const converted = isConverted(ir);
  const packages = packagesOf(ir);
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Outside: everything that the machines inside need, on one disk", "../serve/env"),
    ...block(`
      out=\${1:?usage: pack.sh DIR: the disk that travels}
      mkdir -p "\${out}/weights" "\${out}/kit"
      out=$(cd "\${out}" && pwd)
      cp -a -- "\${here}/../." "\${out}/kit/"
    `),
    ...(converted
      ? block(`
          # Converted outside: the result is smaller than what it is made of.
          cp -a --update -- "\${MODEL_DIR}"/${ir.origin.kind === "mlx" ? "*" : "*.gguf"} "\${out}/weights/"
          (cd "\${out}/weights" && sha256sum -- *.${suffixOf(ir)} > SHA256SUMS)
        `)
      : [
          {
            text: 'DOWNLOAD_DIR="${out}/weights" "${here}/../download.sh"',
            because: `${gb(carriedBytes(ir))}; again: resume`,
          },
        ]),
    ...(usesImage(parts) ? saveImage(ir) : []),
    ...(packages.length > 0
      ? [
          {
            text: `python3 -m pip download --dest "\${out}/wheels" ${printWords(packages)}`,
            because:
              "the engine and all that it imports; run it with the Python and platform of the machines inside",
          },
        ]
      : []),
    ...block(`
      cd "\${out}"
      # Large weight files are in weights/SHA256SUMS, which is in here.
      rm -f CARRIED.sha256
      sums=$(find . -type f -not -name '*.safetensors' -not -name '*.gguf' -print0 | sort -z | xargs -0 sha256sum --)
      printf '%s\\n' "\${sums}" > CARRIED.sha256
      du -sh -- *
      printf 'Take this sum inside by another way than the disk:\\n'
      sha256sum CARRIED.sha256
    `),
  ];
  return { path: "airgap/pack.sh", executable: true, ...printScript(lines) };
}

function saveImage(ir: KitIr): ScriptLine[] {
  const image = imageOf(ir);
  return [
    image === undefined
      ? { text: ': "${IMAGE:?set IMAGE to the image that you serve with}"' }
      : { ...assign("IMAGE", image), because: `${ir.engine.name} ${ir.version.version}, pinned` },
    ...block(`
      tool=$(command -v docker || command -v podman)
      "\${tool}" pull "\${IMAGE}"
      "\${tool}" save --output "\${out}/image.tar" "\${IMAGE}"
    `),
  ];
}

function unpackScript(parts: Parts): Draft {
  const { ir } = parts;
  const converted = isConverted(ir);
  const lines: ScriptLine[] = [
    ...scriptHead(ir, "Inside: checks what was carried in and puts it in place", "../serve/env"),
    ...block(`
      from=$(cd "\${1:?usage: unpack.sh DIR: the disk that travelled}" && pwd)
      (cd "\${from}" && sha256sum --check --quiet CARRIED.sha256)
      printf 'CARRIED.sha256 holds: compare its own sum with the one from outside:\\n'
      sha256sum "\${from}/CARRIED.sha256"
    `),
    ...(converted
      ? block(`
          mkdir -p "\${MODEL_DIR}"
          cp -a --update -- "\${from}/weights/." "\${MODEL_DIR}/"
          (cd "\${MODEL_DIR}" && sha256sum --check --quiet SHA256SUMS)
        `)
      : [code('"${here}/../download.sh" --from "${from}/weights"')]),
    ...(usesImage(parts)
      ? block(`
          if tool=$(command -v docker || command -v podman); then
            "\${tool}" load --input "\${from}/image.tar"
          else
            printf 'load or push %s with what your machines run containers by\\n' "\${from}/image.tar"
          fi
        `)
      : []),
    ...(packagesOf(ir).length > 0
      ? block(`
          python3 -m pip install --no-index --find-links "\${from}/wheels" ${printWords(packagesOf(ir))}
        `)
      : []),
  ];
  return { path: "airgap/unpack.sh", executable: true, ...printScript(lines) };
}

/** Hours or minutes, as a person plans them. */
const time = (seconds: number): string =>
  seconds < 5400 ? `${Math.max(1, Math.round(seconds / 60))} min` : `${(seconds / 3600).toFixed(1)} h`;

/** The README's section. */
export function airGapSection(parts: Parts): string[] {
  const { ir } = parts;
  const rows: { what: string; bytes: number; basis: string }[] = [
    {
      what: isConverted(ir)
        ? `the converted ${ir.origin.kind === "mlx" ? "MLX" : "GGUF"} files`
        : ir.origin.repository.repository,
      bytes: carriedBytes(ir),
      basis: "computed",
    },
  ];
  if (usesImage(parts))
    rows.push({ what: imageOf(ir) ?? "your image", bytes: IMAGE_BYTES, basis: "assumed" });
  const packages = packagesOf(ir);
  if (packages.length > 0) rows.push({ what: packages.join(", "), bytes: WHEEL_BYTES, basis: "assumed" });
  const bytes = carriedBytes(ir);
  const first = isConverted(ir) ? "Convert outside as above, then: " : "";
  const cluster =
    ir.plan.target === "kubernetes"
      ? ` Push the image to the registry inside and name it under ${markdownCode("images")} of both kustomizations; ${markdownCode("WEIGHTS_FROM")} is ${markdownCode("carried")}, and ${markdownCode("./serve/fill.sh")} takes the weights on.`
      : "";
  return [
    "## Without a network inside",
    "",
    "| to fetch outside | how much | at 1 Gbit/s | basis |",
    "|---|---:|---:|---|",
    ...rows.map(
      (row) => `| ${markdownText(row.what)} | ${gb(row.bytes)} | ${time(row.bytes / LINE)} | ${row.basis} |`,
    ),
    "",
    `${first}outside, ${markdownCode("./airgap/pack.sh DIR")} puts all of it and this kit on one disk, with checksums. Inside, ${markdownCode("./airgap/unpack.sh DIR")} checks every file and puts it in place: ${time((2 * bytes) / DISK)} for the weights from a disk of an assumed 500 MB/s, copied and read again.${cluster} Nothing here asks a network when it serves (${markdownCode("HF_HUB_OFFLINE")}).`.replace(
      /^outside/,
      "Outside",
    ),
    "",
  ];
}
