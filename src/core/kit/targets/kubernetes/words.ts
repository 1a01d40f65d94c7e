/** Words of the launch as a pod says them: `$(NAME)` is what the kubelet expands, `$$` is a dollar. */
import type { Argument, Launch } from "../../ir.ts";
import { printWords, type Word } from "../../render/shell.ts";
import { explained, type YamlValue } from "../../render/yaml.ts";

export const MODEL_MOUNT = "/model";

/** The kit's settings files lie here, from their ConfigMap. */
export const CONFIG_MOUNT = "/kit";

/** What the server itself writes and must keep. */
export const STATE_MOUNT = "/state";

export interface PodRole {
  readonly rank: "only" | "leader" | "worker";
  /** Pods of one replica. */
  readonly size: number;
  /** Name of the LeaderWorkerSet, whose pods find each other by it. */
  readonly name: string;
}

export interface PodCommand {
  readonly command: YamlValue;
  readonly args: YamlValue;
}

const escape = (text: string): string => text.replaceAll("$", "$$$$");

export function podCommand(
  program: readonly string[],
  positional: Launch["positional"],
  list: readonly Argument[],
  launch: Launch,
  role: PodRole,
): PodCommand {
  // The kubelet expands names, but multiplies nothing: with more than one worker a shell has to.
  const counted = role.rank === "worker" && role.size > 2 ? list.filter(multiplies) : [];
  const args = [
    ...positional.map(({ value, because }) => explained(podWord(value, launch, role), because)),
    ...list
      .filter((entry) => !counted.includes(entry))
      .flatMap(({ flag, value, because }): YamlValue[] =>
        value === undefined
          ? [explained(escape(flag), because)]
          : [escape(flag), explained(podWord(value, launch, role), because)],
      ),
  ];
  if (counted.length === 0) return { command: program.map(escape), args };
  const more = printWords(counted.flatMap(({ flag, value = "" }) => [flag, value]));
  const script = `NODE_RANK=\${LWS_WORKER_INDEX}; exec ${printWords(program)} "$@" ${more}`;
  const because = counted.map((entry) => entry.because).join("; ");
  return { command: ["/bin/bash", "-c", explained(escape(script), because), "server"], args };
}

const multiplies = ({ value }: Argument): boolean => typeof value === "object" && "product" in value;

export function podWord(word: Word, launch: Launch, role: PodRole): string {
  if (typeof word === "string") return escape(word);
  if ("join" in word) return word.join.map((part) => podWord(part, launch, role)).join("");
  if ("product" in word) return String((role.rank === "worker" ? 1 : 0) * word.product[1]);
  if ("substitute" in word || "address" in word) throw new RangeError("a pod's command substitutes nothing");
  switch (word.variable) {
    case "MODEL_DIR":
      return MODEL_MOUNT;
    case "CONFIG_DIR":
      return CONFIG_MOUNT;
    case "HOST":
      return "0.0.0.0";
    case "PORT":
      return String(launch.port);
    case "NODE_RANK":
      return role.rank === "worker" ? "$(LWS_WORKER_INDEX)" : "0";
    case "HEAD_ADDR":
      return role.rank === "worker" ? "$(LWS_LEADER_ADDRESS)" : "$(POD_IP)";
    case "POD_IP":
      return "$(POD_IP)";
    case "WORKER_ADDRS":
      return workerAddresses(launch, role).join(",");
    default: {
      // Pods share no ports: the first replica's is everyone's.
      const said = launch.environment.find(({ name }) => name === word.variable)?.value;
      if (said === undefined) throw new RangeError(`no pod knows ${word.variable}`);
      return said;
    }
  }
}

/** LeaderWorkerSet names worker i of group g `NAME-g-i` under the headless service NAME. */
export function workerAddresses(launch: Launch, { name, size }: PodRole): string[] {
  const port = launch.workerCommand?.port ?? 0;
  return Array.from({ length: size - 1 }, (_, i) => `${name}-$(GROUP_INDEX)-${i + 1}.${name}:${port}`);
}
