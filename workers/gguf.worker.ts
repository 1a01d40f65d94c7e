import { expose } from "comlink";
import { ggufReader } from "./gguf-service.ts";

expose(ggufReader);
