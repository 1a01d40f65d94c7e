/** A figure as a file: what stands on the page, with its styles written into it. Nothing is asked of a server. */
import { fillsOf, plainColours } from "./box-fills.ts";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 16;

/** Everything that a drawing shows of a shape or a text. */
const DRAWN = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-opacity",
  "opacity",
  "paint-order",
  "text-anchor",
  "dominant-baseline",
  "font-family",
  "font-size",
  "font-weight",
  "font-stretch",
  "x",
  "y",
  "width",
  "height",
] as const;

interface Drawing {
  readonly root: SVGSVGElement;
  readonly origin: DOMRect;
}

/**
 * The figure as one SVG: the page's boxes, drawings and words at the places where they stand.
 *
 * Styles are inlined and colours are those of the theme on show, so that it looks the same anywhere.
 */
export function figureSvg(figure: HTMLElement): SVGSVGElement {
  const origin = figure.getBoundingClientRect();
  const root = document.createElementNS(SVG, "svg");
  const [width, height] = [origin.width + 2 * MARGIN, origin.height + 2 * MARGIN];
  root.setAttribute("xmlns", SVG);
  root.setAttribute("width", String(width));
  root.setAttribute("height", String(height));
  root.setAttribute("viewBox", `${-MARGIN} ${-MARGIN} ${width} ${height}`);
  const paper = getComputedStyle(document.body).backgroundColor;
  addRect(root, { x: -MARGIN, y: -MARGIN, width, height, fill: paper });
  draw(figure, { root, origin });
  return root;
}

function draw(element: Element, drawing: Drawing): void {
  const style = getComputedStyle(element);
  if (element.matches(".no-print, .vh, title") || style.display === "none" || style.visibility === "hidden")
    return;
  if (element instanceof SVGSVGElement) {
    drawSvg(element, drawing);
    return;
  }
  drawBox(element, style, drawing);
  for (const child of element.childNodes) {
    if (child instanceof Element) draw(child, drawing);
    else if (child instanceof Text) drawText(child, style, drawing);
  }
}

function drawSvg(svg: SVGSVGElement, { root, origin }: Drawing): void {
  const place = svg.getBoundingClientRect();
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const from = [svg, ...svg.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  for (const [i, element] of from.entries()) {
    const target = to[i];
    if (!target || element.localName === "title") continue;
    inlineStyle(element, target, element === svg);
  }
  copy.setAttribute("x", String(place.x - origin.x));
  copy.setAttribute("y", String(place.y - origin.y));
  copy.setAttribute("width", String(place.width));
  copy.setAttribute("height", String(place.height));
  copy.setAttribute("overflow", "visible");
  root.append(copy);
}

function inlineStyle(from: Element, to: Element, isRoot: boolean): void {
  const style = getComputedStyle(from);
  const rules = DRAWN.filter((name) => !(isRoot && ["x", "y", "width", "height"].includes(name)))
    .map((name) => [name, style.getPropertyValue(name)] as const)
    .filter(([, value]) => value !== "" && value !== "auto");
  to.removeAttribute("class");
  to.setAttribute(
    "style",
    rules.map(([name, value]) => `${name}:${plainColours(value).replaceAll('"', "'")}`).join(";"),
  );
}

function drawBox(element: Element, style: CSSStyleDeclaration, { root, origin }: Drawing): void {
  const box = element.getBoundingClientRect();
  const [x, y] = [box.x - origin.x, box.y - origin.y];
  const { width, height } = box;
  if (width > 0 && height > 0) {
    const look = {
      rx: style.borderRadius.endsWith("%") ? width / 2 : parseFloat(style.borderRadius) || 0,
      opacity: Number(style.opacity),
    };
    for (const { from, to, fill } of fillsOf(style)) {
      addRect(root, { x: x + from * width, y, width: (to - from) * width, height, fill, ...look });
    }
    const edge = /(rgba?\([^)]*\)) 0px 0px 0px 1px inset/.exec(plainColours(style.boxShadow))?.[1];
    if (edge !== undefined && width > 1 && height > 1) {
      const inner = { x: x + 0.5, y: y + 0.5, width: width - 1, height: height - 1 };
      addRect(root, { ...inner, fill: "none", stroke: edge, ...look });
    }
  }
  for (const side of ["Top", "Bottom", "Left", "Right"] as const) {
    const stroke = parseFloat(style[`border${side}Width`]);
    if (!(stroke > 0)) continue;
    const flat = side === "Top" || side === "Bottom";
    addRect(root, {
      x: side === "Right" ? x + box.width - stroke : x,
      y: side === "Bottom" ? y + box.height - stroke : y,
      width: flat ? box.width : stroke,
      height: flat ? stroke : box.height,
      fill: plainColours(style[`border${side}Color`]),
    });
  }
}

/** Line by line, as the page broke it. */
function drawText(text: Text, style: CSSStyleDeclaration, { root, origin }: Drawing): void {
  for (const { words, box, right } of textLines(text)) {
    const node = document.createElementNS(SVG, "text");
    node.setAttribute("x", String(box.x - origin.x));
    node.setAttribute("y", String(box.y - origin.y + box.height / 2));
    // Another machine has another font: the words keep the room that they have here.
    node.setAttribute("textLength", String(right - box.x));
    node.setAttribute("lengthAdjust", "spacingAndGlyphs");
    node.setAttribute("dominant-baseline", "central");
    node.setAttribute("fill", plainColours(style.color));
    node.setAttribute("font-family", style.fontFamily.replaceAll('"', "'"));
    node.setAttribute("font-size", style.fontSize);
    node.setAttribute("font-weight", style.fontWeight);
    node.textContent = words.trimEnd();
    root.append(node);
  }
}

interface TextLine {
  words: string;
  readonly box: DOMRect;
  /** Where its last letter ends. */
  right: number;
}

function textLines(text: Text): TextLine[] {
  const lines: TextLine[] = [];
  const range = document.createRange();
  for (let i = 0; i < text.length; i++) {
    range.setStart(text, i);
    range.setEnd(text, i + 1);
    const box = range.getClientRects()[0];
    if (!box || box.width === 0) continue;
    const last = lines.at(-1);
    const letter = text.data.charAt(i);
    if (last && Math.abs(last.box.y - box.y) < 2) {
      last.words += letter;
      if (letter.trim() !== "") last.right = box.right;
    } else if (letter.trim() !== "") lines.push({ words: letter, box, right: box.right });
  }
  return lines;
}

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
  readonly stroke?: string;
  readonly rx?: number;
  readonly opacity?: number;
}

function addRect(root: SVGSVGElement, rect: Rect): void {
  const node = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries(rect)) node.setAttribute(name, String(value));
  root.append(node);
}

export const svgText = (svg: SVGSVGElement): string => new XMLSerializer().serializeToString(svg);

/** Drawn at twice its size, for slides. */
export async function svgPng(svg: SVGSVGElement): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svgText(svg))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser draws no pictures");
  context.scale(2, 2);
  context.drawImage(image, 0, 0);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture came out empty"))));
  });
}

/** A table of the page as CSV; numbers lose their commas, so that a sheet reads them. */
export function tableCsv(table: HTMLTableElement): string {
  return [...table.rows]
    .map((row) => [...row.cells].map((cell) => csvField(cell.textContent ?? "")).join(","))
    .join("\r\n")
    .concat("\r\n");
}

export function csvField(content: string): string {
  const text = content.replaceAll(/\s+/g, " ").trim().replaceAll("\u2212", "-");
  const plain = /^[-$]*[\d,]+(\.\d+)?$/.test(text) ? text.replaceAll(/[$,]/g, "") : text;
  // A sheet would run a cell that starts so as a formula.
  const safe = /^[=+@]/.test(plain) ? `'${plain}` : plain;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function saveFile(content: Blob | string, type: string, name: string): void {
  const blob = typeof content === "string" ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
