/** How the evidence view tells classes of records apart: a hue and a mark each, so that hue is never alone. */
export type EvidenceMark =
  "disc" | "square" | "diamond" | "ring" | "open-diamond" | "cross" | "open-square" | "triangle";

export interface EvidenceClassStyle {
  readonly name: string;
  readonly mark: EvidenceMark;
  /** Token of the hue, without dashes. */
  readonly hue: "experts" | "dense" | "kv" | "act" | "comm" | "runtime" | "ink";
}

export const EVIDENCE_CLASSES = {
  gpu: { name: "GPU serving", mark: "disc", hue: "experts" },
  "multi-node": { name: "Multi-node, disaggregated", mark: "square", hue: "dense" },
  llamacpp: { name: "llama.cpp on GPUs", mark: "diamond", hue: "kv" },
  host: { name: "CPU and hybrid", mark: "ring", hue: "act" },
  apple: { name: "Apple", mark: "open-diamond", hue: "comm" },
  slice: { name: "Layers of it, llama.cpp", mark: "cross", hue: "runtime" },
  memory: { name: "Memory logs", mark: "open-square", hue: "ink" },
  training: { name: "Training", mark: "triangle", hue: "kv" },
} as const satisfies Readonly<Record<string, EvidenceClassStyle>>;

const HOLLOW: ReadonlySet<EvidenceMark> = new Set(["ring", "open-diamond", "cross", "open-square"]);

/** Drawn as an edge, not as a fill. */
export const isHollow = (mark: EvidenceMark): boolean => HOLLOW.has(mark);

/** The outline of a mark around a point, `r` being half its width. */
export function markPath(mark: EvidenceMark, x: number, y: number, r: number): string {
  const at = (dx: number, dy: number) => `${(x + dx).toFixed(1)},${(y + dy).toFixed(1)}`;
  switch (mark) {
    case "disc":
    case "ring":
      return `M${at(-r, 0)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
    case "square":
    case "open-square": {
      const half = r * 0.9;
      return `M${at(-half, -half)}h${2 * half}v${2 * half}h${-2 * half}Z`;
    }
    case "diamond":
    case "open-diamond": {
      const half = r * 1.25;
      return `M${at(0, -half)}L${at(half, 0)}L${at(0, half)}L${at(-half, 0)}Z`;
    }
    case "triangle":
      return `M${at(0, -1.2 * r)}L${at(1.1 * r, 0.8 * r)}L${at(-1.1 * r, 0.8 * r)}Z`;
    case "cross":
      return `M${at(-r, -r)}L${at(r, r)}M${at(-r, r)}L${at(r, -r)}`;
  }
}
