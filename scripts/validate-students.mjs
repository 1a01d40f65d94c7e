/**
 * Prints the error of the students' model against what was measured: memory and speed of training steps, those of
 * published runs of the 671B model with them, and tokens per second on devices, all and with each device left out.
 */
import process from "node:process";
import { runnerImport } from "vite";

const { module } = await runnerImport("./scripts/students-entry.ts");
const { adapterParameters, catalog, deviceCorrection, facts, readBytes, studentMemory } = module;
const { teacherRows, tokenSeconds, trainingDevice, trainingSpeed } = module;
const devices = catalog.accelerators;
/** Fathom's own steps, which the students' speed was fitted to: the others were published. */
const FITTED = "fathom-h100-students";

const sorted = (values) => values.toSorted((a, b) => a - b);
const at = (values, q) => values[Math.min(values.length - 1, Math.floor(values.length * q))];
const percent = (x) => `${(100 * x).toFixed(1)} %`;
function line(what, ratios) {
  const errors = sorted(ratios.map((r) => Math.abs(r - 1)));
  const [median, ninth] = [at(errors, 0.5), at(errors, 0.9)];
  const bias = at(sorted(ratios), 0.5);
  process.stdout.write(
    `${what.padEnd(52)} n ${String(ratios.length).padStart(2)}  median ${percent(median).padStart(7)}  90 % ${percent(ninth).padStart(7)}  middle ratio ${bias.toFixed(2)}\n`,
  );
}

function training(row) {
  const { architecture } = facts.students.get(row.student);
  const run = {
    ...row,
    architecture,
    rank: row.rank ?? 0,
    sharded: row.accelerators > 1,
    accumulates: false,
  };
  const { total, buffers } = studentMemory(run, 0);
  const trained = row.method === "full" ? 0 : adapterParameters(architecture, run.rank);
  const device = trainingDevice(devices.get(row.accelerator), row.accelerators);
  const speed = trainingSpeed(run, device, trained, 1).tokensPerSecond.value;
  return { memory: (total - buffers) / 2 ** 30 / row.peakMemoryGiB, speed: speed / row.tokensPerSecond };
}

for (const source of new Set(facts.trainingRuns.map((row) => row.source))) {
  for (const method of ["full", "lora", "qlora"]) {
    const rows = facts.trainingRuns.filter((row) => row.source === source && row.method === method);
    if (rows.length === 0) continue;
    const answers = rows.map(training);
    const memory = answers.map((answer) => answer.memory).filter(Number.isFinite);
    if (memory.length > 0) line(`peak memory, ${method}, ${source}`, memory);
    line(
      `tokens per second, ${method}, ${source}`,
      answers.map((answer) => answer.speed),
    );
  }
}

function edge(row, correction) {
  const device = facts.devices.get(row.device);
  const { architecture } = facts.students.get(row.student);
  const seconds = tokenSeconds(device, architecture.layerCount, readBytes(architecture, row.type, true));
  return 1 / (seconds * correction) / row.tokensPerSecond;
}

const published = [
  ...teacherRows.map(({ predicted, measured }) => predicted / measured),
  ...facts.trainingRuns.filter(({ source }) => source !== FITTED).map((row) => training(row).speed),
];
line("tokens per second, all published training runs", published);

for (const processor of ["cuda", "metal", "vulkan", "cpu", "phone-gpu"]) {
  const rows = facts.edgeMeasurements.filter((row) => facts.devices.get(row.device).processor === processor);
  line(
    `edge tokens per second, ${processor}, by kind alone`,
    rows.map((row) => edge(row, 1)),
  );
  const others = rows.flatMap((row) => {
    const rest = { ...facts, edgeMeasurements: rows.filter((other) => other !== row) };
    const { factor, runs } = deviceCorrection(facts.devices.get(row.device), rest);
    return runs === 0 ? [] : [edge(row, factor)];
  });
  if (others.length > 0) line(`edge tokens per second, ${processor}, from the device's other run`, others);
}
