import { expose } from "comlink";
import { advice } from "./advice-service.ts";

expose(advice);
