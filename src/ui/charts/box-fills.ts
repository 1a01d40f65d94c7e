/** What fills a box of the page, from its computed style, in words that every drawing program knows. */
export interface BoxFill {
  /** Shares 0..1 of the box's width. */
  readonly from: number;
  readonly to: number;
  readonly fill: string;
}

interface Background {
  readonly backgroundColor: string;
  readonly backgroundImage: string;
}

const CLEAR = "rgba(0, 0, 0, 0)";
/** A bar in two tones: `linear-gradient(90deg, A 63%, B 63%)`. */
const TWO_TONES = /^linear-gradient\(90deg, (rgba?\([^)]*\))(?: 0%)? ([\d.]+)%, (rgba?\([^)]*\)) ([\d.]+)%/;

export function fillsOf({ backgroundColor, backgroundImage }: Background): readonly BoxFill[] {
  const base = backgroundColor === CLEAR ? [] : [{ from: 0, to: 1, fill: plainColours(backgroundColor) }];
  const [, first = "", edge = "0", second = ""] = TWO_TONES.exec(plainColours(backgroundImage)) ?? [];
  if (first === "") return base;
  const at = Math.min(1, Number(edge) / 100);
  return [...base, { from: 0, to: at, fill: first }, { from: at, to: 1, fill: second }].filter(
    ({ from, to, fill }) => to > from && fill !== CLEAR,
  );
}

/** `color(srgb 0.5 0 1)`, which mixed colours compute to, as `rgb(128, 0, 255)`. */
export function plainColours(text: string): string {
  return text.replaceAll(
    /color\(srgb ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)(?: \/ ([\d.]+))?\)/g,
    (_, r: string, g: string, b: string, alpha?: string) => {
      const parts = [r, g, b].map((part) => Math.round(255 * Number(part))).join(", ");
      return alpha === undefined ? `rgb(${parts})` : `rgba(${parts}, ${alpha})`;
    },
  );
}
