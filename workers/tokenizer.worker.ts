import { expose } from "comlink";
import { fetchTokenizerFiles } from "./tokenizer-files.ts";
import { createTokenizerService } from "./tokenizer-service.ts";

expose(createTokenizerService(fetchTokenizerFiles));
