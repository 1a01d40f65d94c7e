/**
 * Distils planner-data/accelerators and planner-data/hosts from a device table.
 *
 *   node scripts/data/hardware.mjs <folder with devices.json>
 */
import { join } from "node:path";
import { dateIn, present, rawFolder, readJson, writeData } from "./write-data.mjs";

const { devices } = readJson(join(rawFolder("hardware.mjs", "devices.json"), "devices.json"));

const SOURCE_IDS = {
  stas: "ml-engineering",
  aic: "aiconfigurator",
  inferx: "inferencex-app",
  hf: "hf-tasks",
  mlperf: "mlperf",
  smi: "driver-tools",
  verl: "verl",
  gcpdoc: "google-cloud-tpu",
  azdoc: "azure-hpc",
  will: "willitrunai",
  gk: "vendor-datasheets",
  derived: "device-table",
};
/** Which of a device's sources a specification is credited to: vendors' documents and maintained tables first. */
const SPECIFICATION_ORDER = [
  "gcpdoc",
  "aic",
  "stas",
  "inferx",
  "verl",
  "mlperf",
  "will",
  "gk",
  "derived",
  "hf",
  "smi",
];

const SHORT_NAMES = {
  "a100-40-sxm": "A100 40GB",
  "a100-80-sxm": "A100 80GB",
  "a100-40-pcie": "A100 40GB PCIe",
  "a100-80-pcie": "A100 80GB PCIe",
  "a800-80-sxm": "A800",
  "h100-sxm": "H100",
  "h100-pcie": "H100 PCIe",
  "h100-nvl": "H100 NVL",
  "h800-sxm": "H800",
  "h20-96": "H20",
  "h20-141": "H20-3e",
  "h200-sxm": "H200",
  "h200-nvl": "H200 NVL",
  "gh200-96": "GH200 96GB",
  "gh200-144": "GH200 144GB",
  "b200-sxm": "B200",
  "b300-sxm": "B300",
  gb200: "GB200",
  gb300: "GB300",
  l40s: "L40S",
  l4: "L4",
  "rtx-a6000": "RTX A6000",
  "rtx-6000-ada": "RTX 6000 Ada",
  "rtx-pro-6000": "RTX PRO 6000",
  "rtx-3090": "RTX 3090",
  "rtx-4090": "RTX 4090",
  "rtx-5090": "RTX 5090",
  mi210: "MI210",
  mi250x: "MI250X",
  mi300x: "MI300X",
  mi308x: "MI308X",
  mi325x: "MI325X",
  mi350x: "MI350X",
  mi355x: "MI355X",
  gaudi3: "Gaudi 3",
  "ascend-910b": "Ascend 910B",
  "ascend-910c": "Ascend 910C",
  "tpu-v5p": "TPU v5p",
  "tpu-v6e": "TPU v6e",
  "tpu-v7": "TPU7x",
  "m2-ultra-192": "M2 Ultra 192GB",
  "m3-ultra-256": "M3 Ultra 256GB",
  "m3-ultra-512": "M3 Ultra 512GB",
  "m4-max-128": "M4 Max 128GB",
  "dgx-spark": "DGX Spark",
  "strix-halo-128": "Ryzen AI Max+ 395",
};

/** Names of the scale-up link where the table's text says more than the name. */
const LINK_NAMES = [
  [/^NVLink 3 cut/, "NVLink 3 (8 links)"],
  [/^NVLink 4 cut/, "NVLink 4 (8 links)"],
  [/^NVLink 3 bridge/, "NVLink 3 bridge"],
  [/^NVLink bridge/, "NVLink bridge"],
  [/^NVLink (\d)/, "NVLink $1"],
  [/^(Infinity Fabric|xGMI)/, "Infinity Fabric"],
  [/RoCE/, "RoCE"],
  [/^HCCS/, "HCCS"],
  [/^UB/, "Unified Bus"],
  [/^ICI/, "ICI"],
];

/** Gb/s of network per accelerator where the table's text counts a node or several parts. */
const NETWORK_GBIT = { "rtx-pro-6000": 200, gaudi3: 600, "tpu-v6e": 100, "tpu-v5p": 50, "dgx-spark": 200 };

/** GiB that the GPU of a unified-memory machine may hold; default limit unless noted. */
const WIRED_LIMITS = {
  "m2-ultra-192": [144, "default limit, about 75 %"],
  "m3-ultra-256": [192, "default limit, about 75 %"],
  "m3-ultra-512": [448e9 / 2 ** 30, "limit raised to 448 GB"],
  "m4-max-128": [96, "default limit, about 75 %"],
  "strix-halo-128": [96, "largest fixed share; more through shared memory"],
};

function specificationSource(device) {
  const key = SPECIFICATION_ORDER.find((candidate) => device.sources.includes(candidate));
  return SOURCE_IDS[key];
}

const basisOf = (device) => (device.confidence === "low" ? "assumed" : "datasheet");

function fact(value, unit, basis, source, extra = {}) {
  return present({ value, unit, basis, source, ...extra });
}

function specification(device, value, unit, note) {
  if (value === null || value === undefined) return undefined;
  return fact(value, unit, basisOf(device), specificationSource(device), { note });
}

function memoryFact(device) {
  const { bytes, bytes_basis: origin, reported_note: reading = "" } = device.memory;
  if (device.sources.includes("smi") && /driver tool/.test(origin) && !/assumed/.test(reading)) {
    return fact(bytes, "B", "measured", "driver-tools");
  }
  const note = /nominal/.test(origin)
    ? "nominal capacity; no driver reading known"
    : /installed/.test(origin)
      ? "installed memory, shared with the CPU"
      : "reading of the same memory configuration";
  const basis = /assumed/.test(reading) ? "assumed" : "datasheet";
  return fact(bytes, "B", basis, specificationSource(device), { note });
}

function scaleUp(device) {
  const { scale_up: link } = device;
  if (!link?.per_gpu_unidirectional_gb_s || link.domain_size < 2 || device.id === "dgx-spark")
    return undefined;
  const [pattern, name] = LINK_NAMES.find(([candidate]) => candidate.test(link.link)) ?? [];
  if (!pattern) throw new Error(`${device.id}: no name for the link "${link.link}"`);
  const text = pattern.exec(link.link)[0];
  return {
    name: link.link.match(pattern) ? text.replace(pattern, name) : name,
    bandwidthPerAcceleratorOneWay: specification(device, link.per_gpu_unidirectional_gb_s * 1e9, "B/s"),
    domainSize: specification(device, link.domain_size, "accelerator"),
  };
}

function network(device) {
  const text = device.typical_scale_out_nic_per_gpu;
  const gbit = NETWORK_GBIT[device.id] ?? (text ? Number(/(\d+)\s*Gb/.exec(text)?.[1]) : undefined);
  return gbit ? specification(device, (gbit / 8) * 1e9, "B/s", "of a usual node") : undefined;
}

function hostLink(device) {
  const oneWay = /NVLink-C2C (\d+) uni/.exec(device.scale_up?.link ?? "")?.[1];
  return oneWay
    ? specification(device, Number(oneWay) * 1e9, "B/s", "NVLink-C2C to the Grace CPU")
    : undefined;
}

/** The newest price of one piece. Rack prices are divided; chip-hours of clouds are no purchase. */
function listPrice(device) {
  const rack = device.prices.find((price) => /rack/.test(price.kind));
  if (rack) {
    const note = "rack price over 72 accelerators, host and network included";
    return fact(Math.round(rack.usd / 72), "USD", "derived", "market-estimates", {
      date: dateIn(rack.date),
      note,
    });
  }
  const single = device.prices.filter(
    (price) =>
      typeof price.usd === "number" && !/chip-hour|board|system|\d-accelerator|announced/.test(price.kind),
  );
  const price = single.find((one) => /^hf|huggingface/.test(one.source)) ?? single.at(-1);
  if (!price) return undefined;
  const listed = /list|launch/.test(price.kind);
  const source = /huggingface/.test(price.source)
    ? "hf-tasks"
    : listed
      ? "vendor-list-prices"
      : "market-estimates";
  return fact(price.usd, "USD", listed ? "datasheet" : "assumed", source, { date: dateIn(price.date) });
}

const tera = (device, value) => specification(device, value === null ? null : value * 1e12, "FLOP/s");
const achieved = (value) => (value ? fact(value * 1e12, "FLOP/s", "measured", "ml-engineering") : undefined);

function wiredLimit(device) {
  const [gib, note] = WIRED_LIMITS[device.id] ?? [];
  return gib ? fact(gib * 2 ** 30, "B", "assumed", specificationSource(device), { note }) : undefined;
}

function accelerator(device) {
  const peak = device.tflops_dense;
  return present({
    id: device.id,
    name: `${device.vendor} ${device.name}`,
    shortName: SHORT_NAMES[device.id],
    vendor: device.vendor,
    kind: device.kind,
    memory: memoryFact(device),
    memoryBandwidth: specification(device, device.memory.bandwidth_gb_s * 1e9, "B/s"),
    peakDense: present({
      fp32: tera(device, peak.fp32),
      bf16: tera(device, peak.bf16),
      fp8: device.native_fp8 ? tera(device, peak.fp8) : undefined,
      fp4: device.native_fp4 ? tera(device, peak.fp4) : undefined,
      int8: tera(device, peak.int8),
    }),
    nativeFp8: device.native_fp8,
    nativeFp4: device.native_fp4,
    powerDraw: specification(device, device.tdp_w, "W"),
    scaleUp: scaleUp(device),
    pcieOneWay: device.pcie ? specification(device, device.pcie.uni_gb_s * 1e9, "B/s") : undefined,
    hostLinkOneWay: hostLink(device),
    scaleOutPerAcceleratorOneWay: network(device),
    wiredLimit: wiredLimit(device),
    listPrice: listPrice(device),
    achievedBf16: achieved(device.measured?.bf16_mamf_tflops),
    achievedFp8: achieved(device.measured?.fp8_mamf_tflops),
    launched: dateIn(device.launch),
  });
}

/** Hosts whose reached bandwidth somebody measured, and where it stands. */
const MEASURED_HOSTS = {
  "epyc-7003-2s": "azure-hpc",
  "epyc-9004-2s": "azure-hpc",
  "xeon6-6900p-ddr5-1s": "ik-llama-534",
  "tr-pro-7000": "ik-llama-534",
};
const DERIVED_HOSTS = { "epyc-7003-1s": "azure-hpc", "epyc-9004-1s": "azure-hpc" };

function achievedBandwidth(device) {
  const [, low, high] = /(\d+)(?:-(\d+))?/.exec(device.memory.bandwidth_gb_s_realistic);
  const middle = high ? (Number(low) + Number(high)) / 2 : Number(low);
  const range = high ? `${low} to ${high} GB/s` : undefined;
  const value = middle * 1e9;
  if (MEASURED_HOSTS[device.id]) {
    return fact(value, "B/s", "measured", MEASURED_HOSTS[device.id], { note: range });
  }
  if (DERIVED_HOSTS[device.id]) {
    return fact(value, "B/s", "derived", DERIVED_HOSTS[device.id], {
      note: "half of the two-socket reading",
    });
  }
  return fact(value, "B/s", "assumed", "device-table", { note: range });
}

function host(device) {
  const { channels_per_socket: channels, mt_s: transfers } = device.memory;
  const theoretical = device.sockets * channels * transfers * 1e6 * 8;
  const note = `${device.sockets} x ${channels} channels x ${transfers} MT/s x 8 B`;
  return present({
    id: device.id,
    name: `${device.vendor} ${device.name}`.replace("AMD/Intel ", ""),
    vendor: device.vendor,
    sockets: device.sockets,
    channelsPerSocket: channels,
    memoryBandwidthSpecification: fact(theoretical, "B/s", "derived", "device-table", { note }),
    memoryBandwidthAchieved: achievedBandwidth(device),
    memoryOptionsGiB: device.memory.capacity_gib_options,
    amx: device.amx,
    powerDraw: fact(device.tdp_w, "W", "datasheet", "vendor-datasheets", { note: "processors only" }),
    pcieGeneration: device.pcie.gen,
    launched: dateIn(device.launch),
  });
}

let count = 0;
for (const device of devices) {
  if (device.kind === "nvme") continue;
  const isHost = device.kind === "cpu-host";
  await writeData(
    `${isHost ? "hosts" : "accelerators"}/${device.id}.json`,
    isHost ? host(device) : accelerator(device),
  );
  count += 1;
}
console.log(`${count} devices`);
