/** Builds every table of one device. */
import { allReduceTables, deepEpTable } from "./op-latency-comm.mjs";
import { gemmTables } from "./op-latency-gemm.mjs";
import { absorbedTable, mlaTables } from "./op-latency-mla.mjs";
import { moeTables } from "./op-latency-moe.mjs";

export function buildDevice(raw, device) {
  const points = [];
  const note = (group) => group !== null && points.push({ accelerator: device.id, ...group });
  const tables = [
    ...gemmTables(raw, device, note),
    ...moeTables(raw, device, note),
    ...mlaTables(raw, device, note),
    ...absorbedTable(raw),
    ...allReduceTables(raw),
    ...deepEpTable(raw),
  ];
  return { tables, points };
}
