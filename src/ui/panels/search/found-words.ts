/** A row of a search in words. */
import type { FoundRow } from "../../../core/domain/search-view.ts";
import { formatNumber, formatUsd } from "../../../core/units/format.ts";
import { describeLayout } from "../../plan/describe-plan.ts";
import type { Names } from "../../plan/directory-names.ts";

/** "8 × B200"; the host where there is no accelerator. */
export function clusterWords({ plan: { cluster } }: FoundRow, names: Names): string {
  const { accelerator, acceleratorsPerNode, nodes, host } = cluster;
  if (accelerator !== undefined && acceleratorsPerNode > 0) {
    return `${acceleratorsPerNode * nodes} × ${names.accelerator(accelerator)}`;
  }
  return host === undefined ? "CPUs only" : names.host(host);
}

/** "8 × B200 in NVFP4 with SGLang". */
export const placeWords = (found: FoundRow, names: Names): string =>
  `${clusterWords(found, names)} in ${names.weights(found.plan.weights)} with ${names.engine(found.plan.engine)}`;

/** "TP 8, EP 8, MTP 1, Xeon host": all that the cluster's and the weights' names leave open. */
export function layoutWords({ plan }: FoundRow, names: Names): string {
  const { layout, speculative, kvCache, cluster } = plan;
  const parts = [
    cluster.acceleratorsPerNode === 0 ? "" : describeLayout(layout),
    speculative === "off" ? "" : speculative.toUpperCase().replace("MTP", "MTP "),
    kvCache === undefined ? "" : `${kvCache} cache`,
    layout.experts === "gpu" || cluster.host === undefined || cluster.acceleratorsPerNode === 0
      ? ""
      : names.host(cluster.host),
  ];
  return parts.filter((part) => part !== "").join(", ");
}

export function numbersWords({ numbers }: FoundRow): string {
  const usd = numbers.usdPerMillionOutputTokens;
  const price = usd === null ? "price unknown" : `${formatUsd(usd)} a million tokens`;
  return `${price}, ${formatNumber(numbers.tokensPerSecondPerUser)} tok/s a user, ${numbers.users.toLocaleString("en-US")} users`;
}
