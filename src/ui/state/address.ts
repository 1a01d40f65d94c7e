/** The part of the address after `#`: the plan's link, then what the page shows of it. */
export const VIEWS = ["plan", "search", "quantizations", "kit", "evidence"] as const;
export type View = (typeof VIEWS)[number];

export interface Address {
  /** Empty: none given. */
  readonly link: string;
  readonly view: View;
  /** What the search view asks; only there. */
  readonly find?: string;
}

/** `#LINK` is the plan view; `#LINK&view=kit` another. The link's own text never changes with the view. */
export function readAddress(hash: string): Address {
  const [link = "", ...rest] = hash.replace(/^#/, "").split("&");
  const bare = link.startsWith("view=");
  const parameters = new URLSearchParams((bare ? [link, ...rest] : rest).join("&"));
  const view = VIEWS.find((known) => known === parameters.get("view")) ?? "plan";
  const find = view === "search" ? (parameters.get("find") ?? "") : "";
  return { link: bare ? "" : link, view, ...(find === "" ? {} : { find }) };
}

export function writeAddress({ link, view, find = "" }: Address): string {
  const asked = view === "search" && find !== "" ? `&find=${find}` : "";
  return `#${link}${view === "plan" ? "" : `&view=${view}`}${asked}`;
}
