import { expose } from "comlink";
import { SimulationWorker } from "./simulation-service.ts";

expose(new SimulationWorker());
