import { expose } from "comlink";
import { SearchWorker } from "./search-service.ts";

expose(new SearchWorker());
