/** Steps of the runbook that several targets share. */
import { gb } from "../engines/arguments.ts";
import { diskNeeds } from "../files/disk.ts";
import type { Parts } from "../files/draft.ts";
import type { Front } from "../ir.ts";
import { markdownCode } from "../text.ts";

export const settingsStep = ({ ir }: Parts, more: string): string => {
  const disk = diskNeeds(ir);
  return `Set ${markdownCode("MODEL_DIR")} in ${markdownCode("serve/env")}: ${gb(disk.bytes)} of disk (${disk.because}).${more}`;
};

export const downloadStep = ({ ir }: Parts): string =>
  `${markdownCode("./download.sh")}: ${gb(diskNeeds(ir).download)}; resumes, ${markdownCode("HF_ENDPOINT")} takes a mirror, ${markdownCode("--from DIR")} a disk carried inside.`;

/** How a person sees that every server reported. */
export const frontReady = ({ ready }: Front, port: number): string =>
  `${markdownCode(`curl localhost:${port}${ready.path}`)} names all ${ready.servers} servers once they have loaded.`;

export const frontStep = (front: Front, port: number): string =>
  `Before the servers, on the first node: ${markdownCode(`./serve/${front.name}.sh`)}; ${front.because}. ${frontReady(front, port)}`;
