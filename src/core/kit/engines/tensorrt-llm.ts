/** TensorRT-LLM: how a plan is said to `trtllm-serve` and its settings file. */
import type { Unsupported } from "../../domain/kit.ts";
import type { Problem } from "../../domain/problem.ts";
import { fail, ok, type Result } from "../../domain/result.ts";
import type { KitIr, Launch, Launcher } from "../ir.ts";
import { headline } from "../files/draft.ts";
import { join, variable } from "../render/shell.ts";
import { argument, flagOnly } from "./arguments.ts";
import { tensorrtBench } from "./bench.ts";
import { checkSettings, settingsFile } from "./settings.ts";
import { listSettings, REQUIRED_SETTINGS } from "./tensorrt-llm-settings.ts";

const PORT = 8000;
const FILE = "trtllm.yaml";

/** Formats whose checkpoints this family's loader reads. */
const LOADS = new Set(["fp8", "nvfp4", "bf16", "w4afp8"]);

export function launchTensorrtLlm(ir: KitIr): Result<Launch, Problem> {
  const refusal = refuse(ir);
  if (refusal) return fail(refusal);
  const checked = checkSettings(ir.table, "--config", listSettings(ir), REQUIRED_SETTINGS);
  if (!checked.ok) return checked;
  const { settings, unsupported } = checked.value;
  return ok({
    command: "trtllm-serve",
    program: ["trtllm-serve"],
    containerProgram: ["trtllm-serve"],
    positional: [
      {
        value: variable("MODEL_DIR"),
        because: `${ir.origin.repository.repository}, fetched by download.sh`,
      },
    ],
    arguments: [
      argument(
        "--config",
        join(variable("CONFIG_DIR"), `/${FILE}`),
        `layout, cache and scheduler stand in serve/${FILE}, which wins over the command line`,
      ),
      argument("--served_model_name", ir.plan.model, "the name that clients send"),
      flagOnly("--trust_remote_code", "the checkpoint ships its own config class"),
      argument(
        "--host",
        variable("HOST"),
        "from serve/env; put a proxy with keys in front before opening it",
      ),
      argument("--port", variable("PORT"), "from serve/env; clients, smoke.sh and bench.sh use the same"),
    ],
    headArguments: [],
    workerArguments: [],
    environment: [],
    port: PORT,
    healthPath: "/health",
    servedName: ir.plan.model,
    configs: [settingsFile(FILE, settings, [headline(ir)])],
    ...(ir.placement.nodesPerReplica > 1 ? { launcher: launcher(ir) } : {}),
    bench: tensorrtBench(ir),
    ports: [{ port: PORT, what: "HTTP", node: "head" }],
    unsupported: [...unsupported, ...listUnsupported(ir)],
    required: new Set(["--config"]),
  });
}

function refuse({ plan, placement, accelerator }: KitIr): Problem | undefined {
  const { tp, dpAttention, ep, dcp } = plan.layout;
  if (accelerator?.nativeFp8 !== true) {
    return {
      path: "cluster.accelerator",
      problem: "TensorRT-LLM serves this family on Hopper and Blackwell only",
    };
  }
  if (!LOADS.has(plan.weights)) {
    return {
      path: "weights",
      problem: `TensorRT-LLM does not load ${plan.weights} checkpoints of this family`,
    };
  }
  if (plan.weights === "nvfp4" && !accelerator.nativeFp4) {
    return { path: "weights", problem: `NVFP4 needs Blackwell; ${accelerator.shortName} has no FP4 units` };
  }
  if (dcp > 1) {
    return { path: "layout.dcp", problem: "kits start TensorRT-LLM without decode-context parallelism" };
  }
  if (dpAttention > 1 && dpAttention !== tp) {
    return {
      path: "layout.dpAttention",
      problem: `attention data parallelism of TensorRT-LLM is all ${tp} ranks or none, not ${dpAttention}`,
    };
  }
  if (ep > tp || tp % ep !== 0) {
    return { path: "layout.ep", problem: `EP ${ep} does not divide the ${tp} ranks of TP` };
  }
  if (plan.kvCache !== undefined && plan.kvCache !== "bf16" && plan.kvCache !== "fp8") {
    return { path: "kvCache", problem: `TensorRT-LLM has no ${plan.kvCache} cache; it takes bf16 and fp8` };
  }
  if (placement.nodesPerReplica > 1 && plan.target === "kubernetes") {
    return {
      path: "target",
      problem:
        "TensorRT-LLM over several nodes is one MPI process an accelerator, which takes an MPI operator in Kubernetes: take shell or slurm",
    };
  }
  return undefined;
}

/**
 * One process an accelerator: Open MPI starts them from the first node, and `trtllm-llmapi-launch` makes the
 * first of them the server and the others its ranks.
 */
function launcher({ placement }: KitIr): Launcher {
  const { nodesPerReplica: nodes, acceleratorsPerNode: each, ranks } = placement;
  return {
    program: ["mpirun"],
    arguments: [
      argument("-n", ranks, `plan: ${ranks} ranks, one process each`),
      argument("--host", variable("MPI_HOSTS"), "from serve/env; the first of them answers clients"),
      argument("-x", "PATH", "the same programs on every node"),
      argument("-x", "HF_HUB_OFFLINE", "no rank asks a network"),
    ],
    wrapper: ["trtllm-llmapi-launch"],
    tasksPerNode: each,
    mpi: true,
    hosts: {
      name: "MPI_HOSTS",
      value: "",
      because: `NAME:${each} of each of the ${nodes} nodes, this one first, separated by commas; ssh must reach each without a password`,
    },
  };
}

function listUnsupported({ plan, placement }: KitIr): Unsupported[] {
  const { numa, flashAttention } = plan.options;
  const list: Unsupported[] = [];
  if (placement.nodesPerReplica > 1) {
    list.push({
      path: "cluster.nodes",
      reason:
        "trtllm-llmapi-launch splits its command at spaces: neither the kit's folder nor MODEL_DIR may have one in its name",
    });
  }
  if (numa !== undefined && numa !== "none") {
    list.push({ path: "options.numa", reason: "trtllm-serve has no option that binds ranks to sockets" });
  }
  if (flashAttention === false) {
    list.push({ path: "options.flashAttention", reason: "TensorRT-LLM's MLA attention has no other kernel" });
  }
  return list;
}
