import type { ExplainedSource } from "../../../core/domain/explanation.ts";
import type { ReportText } from "../../../figures/report/report-markdown.ts";

/** The sources of a plan's explanations, as a report lists them. */
export const reportSources = (sources: readonly ExplainedSource[]): ReportText["sources"] =>
  sources.map(({ gives, ...source }) => ({ ...source, of: [gives] }));
