import { expose } from "comlink";
import { evidenceService } from "./evidence-service.ts";

expose(evidenceService);
