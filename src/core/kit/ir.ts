/** What the kit's steps hand on: a decided plan with the facts that its files need, nothing recomputed. */
import type {
  Accelerator,
  CheckpointRepository,
  Engine,
  EngineVersion,
  Host,
  Model,
  Source,
  WeightFormat,
} from "../domain/catalog.ts";
import type { Estimate } from "../domain/estimate.ts";
import type { Unsupported } from "../domain/kit.ts";
import type { Plan } from "../domain/plan.ts";
import type { GgufManifest } from "../domain/tensor.ts";
import type { FlagTable } from "./flag-table.ts";
import type { Word } from "./render/shell.ts";
import type { EnvironmentEntry } from "./render/unit.ts";

/** How the weights come to be on disk. */
export type WeightsOrigin =
  | { readonly kind: "repository"; readonly repository: CheckpointRepository }
  | {
      readonly kind: "convert";
      readonly repository: CheckpointRepository;
      readonly manifest: GgufManifest;
      /** The engine itself makes the type out of the 16-bit file. */
      readonly engineQuantizes?: boolean;
    }
  /** `mlx_lm.convert` reads the checkpoint and writes safetensors of its own. */
  | {
      readonly kind: "mlx";
      readonly repository: CheckpointRepository;
      readonly bits: number;
      readonly groupSize: number;
    };

/** Where the ranks of one replica sit. */
export interface Placement {
  readonly acceleratorsPerNode: number;
  /** Ranks of one replica: accelerators it takes. */
  readonly ranks: number;
  readonly nodesPerReplica: number;
  /** Replicas that share a node; 1 where a replica fills one or more. */
  readonly replicasPerNode: number;
  readonly replicas: number;
}

export interface KitIr {
  readonly plan: Plan;
  readonly estimate: Estimate;
  readonly link: string;
  readonly model: Model;
  readonly engine: Engine;
  readonly version: EngineVersion;
  readonly table: FlagTable;
  readonly weights: WeightFormat;
  readonly origin: WeightsOrigin;
  readonly accelerator?: Accelerator;
  readonly host?: Host;
  readonly placement: Placement;
  readonly sources: readonly Source[];
  /** Requests in flight in one replica, and where the number comes from. */
  readonly running: { readonly count: number; readonly because: string };
  readonly contextTokens: { readonly count: number; readonly because: string };
  /** Bytes that the engine reads when it starts. */
  readonly serving: number;
  readonly unsupported: readonly Unsupported[];
  /** Folder and unit names: plain. */
  readonly name: string;
  /** Which half of a disaggregated service this is; absent where one server does both. */
  readonly role?: Role;
  /** The first of the node's accelerators that is this server's; absent: 0. */
  readonly firstAccelerator?: number;
}

export type Role = "prefill" | "decode";

/** One argument of a command: `flag value`, and the sentence that explains it. */
export interface Argument {
  readonly flag: string;
  readonly value?: Word;
  readonly because: string;
}

/** One command on the first node that starts the program on every node; a scheduler's own command may stand in for it. */
export interface Launcher {
  readonly program: readonly string[];
  /** Its option table, where the engine brings it. */
  readonly command?: string;
  readonly arguments: readonly Argument[];
  /** What each process starts through. */
  readonly wrapper: readonly string[];
  readonly tasksPerNode: number;
  /** Processes meet by MPI: Slurm starts them in its place. */
  readonly mpi: boolean;
  /** The setting that names the nodes. */
  readonly hosts: EnvironmentEntry;
}

/** A program on the first node in front of servers that report to it. */
export interface Front {
  readonly name: "proxy";
  readonly command: string;
  readonly program: readonly string[];
  readonly arguments: readonly Argument[];
  readonly because: string;
  /** Ready once what it answers there holds this many servers. */
  readonly ready: { readonly path: string; readonly servers: number };
}

/** How the engine is started: what `target` puts into shell, units and compose. */
export interface Launch {
  /** As the flag table names it. */
  readonly command: string;
  readonly program: readonly string[];
  /** The program's path inside the pinned image. */
  readonly containerProgram: readonly string[];
  /** Positional arguments before the flags. */
  readonly positional: readonly { readonly value: Word; readonly because: string }[];
  readonly arguments: readonly Argument[];
  /** Arguments of node 0 only, and of the others only. */
  readonly headArguments: readonly Argument[];
  readonly workerArguments: readonly Argument[];
  readonly environment: readonly EnvironmentEntry[];
  readonly port: number;
  readonly healthPath: string;
  readonly servedName: string;
  /** Lines of log in which the engine says what the plan predicted. */
  readonly logLine?: { readonly label: string; readonly expected: "kvCacheTokens" };
  /** Another command that the nodes but the first run instead of the server. */
  readonly workerCommand?: {
    readonly command: string;
    readonly program: readonly string[];
    readonly containerProgram: readonly string[];
    readonly arguments: readonly Argument[];
    readonly port: number;
    readonly because: string;
  };
  /** Settings files beside serve.sh, reached under CONFIG_DIR. */
  readonly configs?: readonly ConfigFile[];
  /** Variables of the server's process that are made of others: serve/env cannot hold those. */
  readonly exports?: readonly { readonly name: string; readonly value: Word; readonly because: string }[];
  /** Scripts of this engine alone, and what a person does with them between start and smoke test. */
  readonly scripts?: readonly LaunchScript[];
  readonly steps?: readonly string[];
  /** The variable that names a folder which the server itself writes: containers keep it in a volume. */
  readonly state?: { readonly variable: string; readonly because: string };
  readonly launcher?: Launcher;
  readonly front?: Front;
  /** Commands run once beside the running server, in the containers of a cluster: elsewhere a script does it. */
  readonly setup?: readonly { readonly words: readonly Word[]; readonly because: string }[];
  /** Why no container can start it; absent: containers can. */
  readonly withoutContainers?: string;
  /** What HOST is where others must reach the server; absent: this machine alone. */
  readonly listen?: { readonly value: string; readonly because: string };
  /** Ports besides PORT that each replica of a node needs for itself, and how far apart. */
  readonly replicaPorts?: { readonly variable: string; readonly step: number };
  readonly bench: Bench;
  readonly ports: readonly { readonly port: number; readonly what: string; readonly node: "head" | "all" }[];
  readonly unsupported: readonly Unsupported[];
  /** Options without which the plan would not be what starts: their absence refuses the kit. */
  readonly required: ReadonlySet<string>;
}

/** A settings file: its text, and what stands in it as arguments do, each with its reason. */
export interface ConfigFile {
  readonly name: string;
  readonly text: string;
  readonly reasons: readonly { readonly line: number; readonly because: string }[];
  readonly entries: readonly Argument[];
}

export interface LaunchScript {
  readonly path: string;
  readonly text: string;
  readonly executable: boolean;
  readonly reasons: readonly { readonly line: number; readonly because: string }[];
}

/** The engine's own client at the plan's workload. */
export interface Bench {
  readonly command: string;
  readonly program: readonly Word[];
  readonly arguments: readonly Argument[];
  /** How compare.py reads the result. */
  readonly format: "sglang" | "vllm" | "llama-batched-bench" | "llama-batched-table" | "mlx";
  /** The client starts the model itself: the server must be down. */
  readonly standalone: boolean;
  /** Where its output goes when it has no option for that: to the result file, or there and to the screen. */
  readonly toFile: boolean | "tee";
  /** The kit's own client, where the engine has none: a file of the kit. */
  readonly ownClient?: boolean;
}
