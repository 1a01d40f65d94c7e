/** Settings files and scripts that an engine brings, beside its start. */
import type { Draft, Parts } from "./draft.ts";

export function configFiles({ launch }: Parts): Draft[] {
  const settings = (launch.configs ?? []).map(({ name, text, reasons }) => ({
    path: `serve/${name}`,
    text,
    reasons,
  }));
  return [...settings, ...(launch.scripts ?? [])];
}
