import { expose } from "comlink";
import { finetuner } from "./finetune-service.ts";

expose(finetuner);
