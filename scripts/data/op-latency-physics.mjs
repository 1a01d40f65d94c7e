/** The least time of an operation on a device, ms: every byte once, or every FLOP at the dense peak. */
const WEIGHT_BYTES = { bf16: 2, fp8: 1, nvfp4: 0.5625, int4: 0.52, int8: 1 };
const HIDDEN = 7168;
const EXPERT = 2048;
const EXPERTS = 256;
const TOP = 8;

const peak = ({ tflops }, dtype) => (tflops[dtype] ?? tflops.bf16) * 1e9;
const bytesMs = ({ gbPerSecond }, bytes) => bytes / (gbPerSecond * 1e6);

export function gemmLimit(device, dtype, m, n, k) {
  const bytes = n * k * WEIGHT_BYTES[dtype];
  return { bytes: bytesMs(device, bytes), flop: (2 * m * n * k) / peak(device, dtype), size: bytes };
}

/** The tokens' own eight experts at least, spread over the ranks. */
export function moeLimit(device, dtype, tokens, tp, ep) {
  const weights = (3 * HIDDEN * EXPERT) / tp;
  const touched = Math.min(TOP / ep, EXPERTS / ep);
  const bytes = weights * WEIGHT_BYTES[dtype] * touched;
  return {
    bytes: bytesMs(device, bytes),
    flop: (2 * weights * tokens * TOP) / ep / peak(device, dtype),
    size: bytes,
  };
}

export function attentionLimit(device, heads, batch, context, cacheBytes) {
  const bytes = batch * context * 576 * cacheBytes;
  const flop = 2 * batch * context * heads * 1088;
  return {
    bytes: bytesMs(device, bytes),
    flop: flop / ((cacheBytes === 1 ? (device.tflops.fp8 ?? device.tflops.bf16) : device.tflops.bf16) * 1e9),
    size: bytes,
  };
}

/** Causal attention over expanded keys (192 wide) and values (128). */
export function prefillLimit(device, heads, batch, tokens) {
  const flop = (batch * tokens * tokens * heads * 320) / ((device.tflops.fp8 ?? device.tflops.bf16) * 1e9);
  const size = batch * tokens * heads * 320 * 4;
  return { bytes: bytesMs(device, size), flop, size };
}
