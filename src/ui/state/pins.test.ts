import { describe, expect, it } from "vitest";
import { addPins, linksIn, movePin, readPins, removePin, writePins } from "./pins.ts";

const [A, B, C, D, E] = ["1.AA", "1.BB", "1.C-_c", "1.DD", "1.EE"] as const;

describe("pins", () => {
  it("are written and read as one text, each once, four of each goal at most", () => {
    expect(readPins(writePins([A, B, C, D]))).toEqual([A, B, C, D]);
    expect(readPins(`${A}~${A}~~${B}~${C}~${D}~${E}`)).toEqual([A, B, C, D, E]);
    const many = Array.from({ length: 20 }, (_, i) => `1.A${i}`);
    expect(readPins(writePins(many))).toEqual(many.slice(0, 12));
    expect(readPins("")).toEqual([]);
  });

  it("are added while there is room and never twice", () => {
    const serve = () => "serve" as const;
    expect(addPins([A], [B, A, C], serve)).toEqual([A, B, C]);
    expect(addPins([A, B, C, D], [E], serve)).toEqual([A, B, C, D]);
    const pins = [A];
    expect(addPins(pins, [A], serve)).toBe(pins);
  });

  it("of one goal take no place from those of another, and what is no plan is left out", () => {
    const goalOf = (link: string) => (link === E ? "finetune" : link === B ? undefined : "serve");
    expect(addPins([A, C, D, "1.FF"], [E, B, "1.GG"], goalOf)).toEqual([A, C, D, "1.FF", E]);
  });

  it("move no further than the ends, and go", () => {
    expect(movePin([A, B, C], C, -1)).toEqual([A, C, B]);
    expect(movePin([A, B, C], A, 5)).toEqual([B, C, A]);
    const pins = [A, B];
    expect(movePin(pins, A, -1)).toBe(pins);
    expect(movePin(pins, E, 1)).toBe(pins);
    expect(removePin(pins, A)).toEqual([B]);
  });
});

describe("linksIn", () => {
  it("finds links in addresses, in texts after the hash and in lists of them", () => {
    expect(linksIn(`https://example.org/fathom/#${A}&view=kit`)).toEqual([A]);
    expect(linksIn(`#${A}\n${B}, <http://127.0.0.1:4173/#${C}>`)).toEqual([A, B, C]);
  });

  it("takes the pins of a comparison's address, its plan first", () => {
    expect(linksIn(`http://x/#${A}&view=compare&pins=${B}~${C}`)).toEqual([A, B, C]);
    expect(linksIn(`http://x/#pins=${B}~${C}`)).toEqual([B, C]);
  });

  it("finds nothing where there is none", () => {
    expect(linksIn("tomorrow at 1.30, see <b>javascript:alert(1)</b>")).toEqual(["1.30"]);
    expect(linksIn("no link")).toEqual([]);
  });
});
