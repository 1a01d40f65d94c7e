import { expose } from "comlink";
import { kitCompiler } from "./kit-service.ts";

expose(kitCompiler);
