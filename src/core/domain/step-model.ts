/** What a step model answers; every engine world implements it, the serving model only asks. */
import type { MlaArchitecture } from "./architecture.ts";
import type { Accelerator, Engine, EngineVersion, Fabric, Host, WeightFormat } from "./catalog.ts";
import type { OpTableSet } from "./op-tables.ts";
import type { ExpertPlacement, KvCacheType, OptionsPlan, Speculative } from "./plan.ts";
import type { EstimateBasis } from "./provenance.ts";
import type { StepTime } from "./step.ts";

/** One instance: a replica of an aggregated service, or one prefill or decode instance. */
export interface StepModelInput {
  readonly architecture: MlaArchitecture;
  readonly engine: Engine;
  readonly engineVersion: EngineVersion;
  readonly weights: WeightFormat;
  readonly kvCache: KvCacheType;
  readonly accelerator?: Accelerator;
  readonly acceleratorsPerNode: number;
  readonly fabric?: Fabric;
  readonly host?: Host;
  readonly sockets: number;
  /** B/s over all sockets used, where the plan states it. */
  readonly hostMemoryBandwidth?: number;
  readonly tp: number;
  readonly pp: number;
  readonly dpAttention: number;
  readonly ep: number;
  readonly dcp: number;
  readonly experts: ExpertPlacement;
  readonly speculative: Speculative;
  readonly options: OptionsPlan;
  /** Weight bytes read per part, from core/tensors, for worlds that stream them (llama.cpp family). */
  readonly opTables: OpTableSet | null;
}

/** Times of one instance. `batch` counts sequences over the whole instance. Pure and deterministic. */
export interface StepModel {
  /** Milliseconds of one decode step; the hot path, no allocation of breakdowns. */
  decodeMs(batch: number, contextTokens: number): number;
  /** Milliseconds of one prefill pass of `requests` prompts of `newTokens` each after `cachedTokens` in the cache. */
  prefillMs(requests: number, newTokens: number, cachedTokens: number): number;
  decode(batch: number, contextTokens: number): StepTime;
  prefill(requests: number, newTokens: number, cachedTokens: number): StepTime;
  /** `decode(...).basis` without the waterfall, where a model tells it more cheaply. */
  decodeBasis?(batch: number, contextTokens: number): EstimateBasis;
  readonly basis: EstimateBasis;
}
