/** Accelerators, hosts and fabrics: one file each, named by its id. */
import * as v from "valibot";
import { count, date, fact, notList, text } from "./fact-schema.ts";

const bandwidth = fact("B/s");
const rate = fact("FLOP/s");

export const acceleratorSchema = v.strictObject({
  id: text,
  name: text,
  shortName: text,
  vendor: text,
  kind: v.picklist(["gpu", "superchip", "npu", "tpu", "unified-memory"]),
  memory: fact("B"),
  memoryBandwidth: bandwidth,
  peakDense: notList(
    v.strictObject({
      fp32: v.optional(rate),
      bf16: v.optional(rate),
      fp8: v.optional(rate),
      fp4: v.optional(rate),
      int8: v.optional(rate),
    }),
  ),
  nativeFp8: v.boolean(),
  nativeFp4: v.boolean(),
  powerDraw: v.optional(fact("W")),
  scaleUp: v.optional(
    v.strictObject({
      name: text,
      bandwidthPerAcceleratorOneWay: bandwidth,
      domainSize: fact("accelerator"),
    }),
  ),
  pcieOneWay: v.optional(bandwidth),
  hostLinkOneWay: v.optional(bandwidth),
  scaleOutPerAcceleratorOneWay: v.optional(bandwidth),
  wiredLimit: v.optional(fact("B")),
  listPrice: v.optional(fact("USD")),
  achievedBf16: v.optional(rate),
  achievedFp8: v.optional(rate),
  launched: date,
});

export const hostSchema = v.strictObject({
  id: text,
  name: text,
  vendor: text,
  sockets: count,
  channelsPerSocket: count,
  memoryBandwidthSpecification: bandwidth,
  memoryBandwidthAchieved: v.optional(bandwidth),
  memoryOptionsGiB: v.pipe(v.array(count), v.minLength(1)),
  amx: v.boolean(),
  powerDraw: v.optional(fact("W")),
  pcieGeneration: count,
  launched: v.optional(date),
});

export const fabricSchema = v.strictObject({
  id: text,
  name: text,
  reach: v.picklist(["scale-up", "scale-out"]),
  bandwidthPerAcceleratorOneWay: bandwidth,
  scaleOutPerAcceleratorOneWay: v.optional(bandwidth),
  latency: v.optional(fact("s")),
});
