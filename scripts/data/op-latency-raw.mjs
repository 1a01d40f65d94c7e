/** Reads one device's raw file: columnar tables to rows of one (operation, engine, version). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

export function readDevice(folder, file) {
  const { source, tables } = JSON.parse(gunzipSync(readFileSync(join(folder, `${file}.json.gz`))).toString());
  return {
    source,
    tables,
    /** Visits rows of a table as an accessor, without building objects. */
    each(op, engine, version, visit) {
      const table = tables.find((t) => t.op === op && t.engine === engine && t.version === version);
      if (table === undefined) return false;
      const { constants = {}, columns, rows } = table;
      let row = 0;
      const get = (name) => (name in columns ? columns[name][row] : constants[name]);
      for (row = 0; row < rows; row++) visit(get);
      return true;
    },
  };
}
