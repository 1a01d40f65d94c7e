/** Pools from bare machines, compose or Slurm: a folder a half as an aggregated kit has it, and the router above. */
import { routerCompose } from "../files/compose.ts";
import { configFiles } from "../files/config-files.ts";
import type { Draft, Parts } from "../files/draft.ts";
import { environmentFile } from "../files/serve.ts";
import { imageEntries } from "../targets/bare.ts";
import { downloadStep } from "../targets/phrases.ts";
import type { Runbook, Target } from "../targets/target.ts";
import { markdownCode } from "../text.ts";
import { folderOf, inFolder, type Halves, type PoolTarget } from "./pool-target.ts";
import { poolEntries, routerFiles } from "./router-script.ts";

interface Emits {
  readonly script: boolean;
  readonly compose: boolean;
}

export const folderPools = (target: Target, emits: Emits): PoolTarget => ({
  target,
  files: (whole, halves) => files(whole, halves, target, emits),
  runbook: (whole, halves) => runbook(whole, halves, target, emits),
});

const inContainers = (halves: Halves, { compose }: Emits): boolean =>
  compose && halves.every(({ launch }) => launch.launcher === undefined);

function files(whole: Parts, halves: Halves, target: Target, emits: Emits): Draft[] {
  const [prefill, decode] = halves;
  const compose = inContainers(halves, emits);
  return [
    ...halves.flatMap((half) => inFolder(half, [...target.files(half), ...configFiles(half)])),
    environmentFile(whole, [
      ...poolEntries(prefill.launch, decode.launch),
      ...(compose ? imageEntries(whole.ir) : []),
    ]),
    // Containers run the same script.
    ...routerFiles(whole.ir, whole.launch, prefill.ir.placement.replicasPerNode),
    ...(compose ? [routerCompose(whole)] : []),
  ];
}

function runbook(whole: Parts, halves: Halves, target: Target, emits: Emits): Runbook {
  const books = halves.map((half) => ({
    where: `In ${markdownCode(`${folderOf(half)}/`)}: `,
    book: target.runbook(
      half,
      target.files(half).map(({ path }) => path),
    ),
  }));
  const ports = halves.map(({ launch }) => launch.port).join(" and ");
  const starts = [
    ...(emits.script ? [markdownCode("./serve/router.sh")] : []),
    ...(inContainers(halves, emits)
      ? [markdownCode("docker compose --env-file serve/env -f serve/compose.yaml up -d")]
      : []),
  ];
  return {
    settings: books.map(({ where, book }) => `${where}${book.settings}`).join(" "),
    preflight: books.map(({ where, book }) => `${where}${book.preflight}`).join(" "),
    weights: [`${downloadStep(whole)} Both pools read the same folder.`],
    converted: [],
    start: [
      ...books.flatMap(({ where, book }) => book.start.map((text) => `${where}${text}`)),
      `Set ${markdownCode("PREFILL_URLS")} and ${markdownCode("DECODE_URLS")} in ${markdownCode("serve/env")} (ports ${ports}, counted up where instances share a node), then ${starts.join(", or in a container ")}: clients ask port ${whole.launch.port}.`,
    ],
    reach: [],
  };
}
