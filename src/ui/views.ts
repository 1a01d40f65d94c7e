/** The page's views in the order of its navigation; each but the plan's own loads when it is opened. */
import type { Component } from "svelte";
import type { View } from "./state/address.ts";

export interface ViewRow {
  readonly id: View;
  readonly name: string;
  readonly load: () => Promise<{ readonly default: Component }>;
}

export const PLAN_VIEW = { id: "plan", name: "Plan" } as const;

export const LOADED_VIEWS: readonly ViewRow[] = [
  { id: "search", name: "Search", load: () => import("./panels/search/SearchView.svelte") },
  { id: "compare", name: "Compare", load: () => import("./panels/compare/CompareView.svelte") },
  {
    id: "quantizations",
    name: "Quantizations",
    load: () => import("./panels/quantizations/QuantizationsView.svelte"),
  },
  { id: "workload", name: "Workload", load: () => import("./panels/workload/WorkloadView.svelte") },
  { id: "finetune", name: "Fine-tune", load: () => import("./panels/finetune/FinetuneView.svelte") },
  { id: "distill", name: "Distil", load: () => import("./panels/distill/DistillView.svelte") },
  { id: "kit", name: "Kit", load: () => import("./panels/KitView.svelte") },
  { id: "evidence", name: "Evidence", load: () => import("./panels/evidence/EvidenceView.svelte") },
];

/** Reached from the header's actions, not from the row of views. */
export const REPORT_VIEW: ViewRow = {
  id: "report",
  name: "Report",
  load: () => import("./panels/report/ReportView.svelte"),
};
