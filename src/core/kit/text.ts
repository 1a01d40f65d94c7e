/**
 * Text that came from a plan, a link or the catalog, made harmless for the place it is printed in.
 * Shell words have their own door (`render/shell.ts`), so has YAML (`render/yaml.ts`).
 */

/** Control characters, line and paragraph separators, and the marks that turn writing direction. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g;

/** One printable line in plain characters: thin spaces and typographic minus become what a terminal shows. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/[\u202f\u00a0\u2009]/g, " ")
    .replaceAll("\u2212", "-")
    .replaceAll(/[\u2013\u2014]/g, "-")
    .replaceAll("\u00d7", "x")
    .replaceAll(UNPRINTABLE, " ")
    .trim();
}

/** A line of prose in Markdown: no character of it becomes structure. */
export function markdownText(text: string): string {
  return oneLine(text)
    .replaceAll(/[\\`*_[\]<>#|~&!]/g, (character) => `\\${character}`)
    .replaceAll(
      /\\([<>&])/g,
      (_, character: string) => ({ "<": "&lt;", ">": "&gt;", "&": "&amp;" })[character] ?? "",
    );
}

/** A code span: backticks cannot close it. */
export function markdownCode(text: string): string {
  return `\`${oneLine(text).replaceAll("`", "'").replaceAll("|", "\\|")}\``;
}

/** A file or unit name: what is not a letter, digit, dot or dash becomes a dash. */
export function slug(text: string): string {
  const name = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .replaceAll(/^[-.]+|[-.]+$/g, "");
  return name === "" ? "x" : name.slice(0, 80);
}

/** A link in a document: only the characters that a URL may hold; others are percent-encoded. */
export function urlText(link: string): string {
  return link
    .replaceAll(/\p{Surrogate}/gu, "\ufffd")
    .replaceAll(/[^A-Za-z0-9\-._~:/?#@$&+,;=%]/gu, (character) => {
      const encoded = encodeURIComponent(character);
      return encoded === character
        ? `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(2, "0")}`
        : encoded;
    });
}

/** Text that no file format, argument or terminal carries whole: NUL and halves of surrogate pairs. */
export const isUnspeakable = (text: string): boolean => /\0|\p{Surrogate}/u.test(text);

/** Path of the first such text in plain data; the text itself has an empty one. JSON would escape it unseen. */
export function findUnspeakable(value: unknown, path: string): string | undefined {
  if (typeof value === "string") return isUnspeakable(value) ? path : undefined;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findUnspeakable(inner, path === "" ? key : `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
