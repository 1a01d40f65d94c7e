import { expose } from "comlink";
import { planner } from "./planner-service.ts";

expose(planner);
