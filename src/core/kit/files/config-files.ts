/** Settings files and scripts that an engine brings, beside its start. */
import type { Draft, Parts } from "./draft.ts";

export function configFiles({ ir, launch }: Parts): Draft[] {
  const settings = (launch.configs ?? []).map(({ name, text, reasons }) => ({
    path: `serve/${name}`,
    text,
    reasons,
  }));
  // Scripts for a server on this machine do not reach one in a cluster, whose target brings its own.
  return [...settings, ...(ir.plan.target === "kubernetes" ? [] : (launch.scripts ?? []))];
}
