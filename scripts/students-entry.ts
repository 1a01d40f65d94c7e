/** What `validate-students.mjs` sets side by side, read while this module loads: its importer is gone after. */
import { catalog, loadMeasurements, loadStudents } from "../src/planner-data.ts";
import { validateRecords } from "../src/core/evidence/validate.ts";

export { catalog };
export { studentMemory, adapterParameters } from "../src/core/model/distill/student-memory.ts";
export { trainingDevice, trainingSpeed } from "../src/core/model/distill/student-training.ts";
export { readBytes, tokenSeconds, deviceCorrection } from "../src/core/model/distill/edge.ts";

export const facts = await loadStudents();
/** Published training runs of the 671B model beside the model of fine-tuning. */
export const teacherRows = validateRecords(await loadMeasurements(), () => ({
  catalog,
  opTables: null,
})).rows.filter(({ class: of, metric }) => of === "training" && metric === "totalTokensPerSecond");
