/** llama.cpp on further nodes: an RPC server lends their accelerators to the first one. */
import type { Launch } from "../ir.ts";
import { argument, flagOnly } from "./arguments.ts";

export const RPC_PORT = 50052;

/** `program`: the build's name of it, `folder`: where a container has it. */
export function rpcWorker(program: string, folder: string): NonNullable<Launch["workerCommand"]> {
  return {
    command: program,
    program: [program],
    containerProgram: [`${folder}${program}`],
    arguments: [
      argument(
        "--host",
        "0.0.0.0",
        "the first node reaches it over the network; it asks for no key: a private network only",
      ),
      argument("--port", RPC_PORT, "as in WORKER_ADDRS"),
      flagOnly("--cache", "weights sent once are kept on this node's disk"),
    ],
    port: RPC_PORT,
    because: "Lends this node's accelerators to llama-server on the first node",
  };
}
