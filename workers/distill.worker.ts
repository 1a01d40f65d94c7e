import { expose } from "comlink";
import { distiller } from "./distill-service.ts";

expose(distiller);
