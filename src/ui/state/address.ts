/** The part of the address after `#`: the plan's link, then what the page shows of it. */
export type View = "plan" | "kit";

export interface Address {
  /** Empty: none given. */
  readonly link: string;
  readonly view: View;
}

/** `#LINK` is the plan view; `#LINK&view=kit` another. The link's own text never changes with the view. */
export function readAddress(hash: string): Address {
  const [link = "", ...rest] = hash.replace(/^#/, "").split("&");
  const bare = link.startsWith("view=");
  const parameters = new URLSearchParams((bare ? [link, ...rest] : rest).join("&"));
  return { link: bare ? "" : link, view: parameters.get("view") === "kit" ? "kit" : "plan" };
}

export function writeAddress({ link, view }: Address): string {
  return `#${link}${view === "plan" ? "" : `&view=${view}`}`;
}
