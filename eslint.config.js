import js from "@eslint/js";
import { defineConfig } from "eslint/config";
import prettier from "eslint-config-prettier";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

/** The compiler cannot stop these: every engine has them. */
const NOT_IN_CORE = [
  { name: "performance", message: "core has no clock." },
  { name: "fetch", message: "core has no network: take the data as an argument." },
  { name: "setTimeout", message: "core has no clock." },
  { name: "process", message: "core does not know where it runs." },
  { name: "document", message: "core has no page." },
  { name: "window", message: "core has no page." },
  { name: "console", message: "core prints nothing: return it." },
];

const CLOCK = "core has no clock: take the date as an argument.";
const NO_BARREL = {
  selector: "ExportAllDeclaration",
  message: "No barrel files: name what is exported, where it lives.",
};

export default defineConfig(
  {
    ignores: [
      "dist/",
      "node_modules/",
      ".cache/",
      "stubs/",
      "test-results/",
      "playwright-report/",
      "src/core/kit/golden/",
    ],
  },
  js.configs.recommended,
  {
    files: ["**/*.ts", "**/*.svelte"],
    extends: [ts.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ["core", "workers", "node", "app", "test"].map((world) => `./tsconfig.${world}.json`),
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: [".svelte"],
      },
    },
    rules: {
      "no-undef": "off",
      "no-console": "error",
      "max-lines": ["error", { max: 300 }],
      "max-lines-per-function": ["error", { max: 60, skipBlankLines: true, skipComments: true }],
      // Counts `?.` and `??` too, which plans full of optional fields are full of.
      complexity: ["error", 30],
      "no-restricted-syntax": ["error", NO_BARREL],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  svelte.configs.recommended,
  prettier,
  svelte.configs.prettier,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    // svelte-check is the type gate here: the linter sees handlers in templates as `any`. `{" a"}` keeps a space.
    rules: {
      "svelte/prefer-svelte-reactivity": "off",
      "svelte/no-useless-mustaches": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
    },
  },
  {
    files: ["**/*.svelte"],
    // Script, template and style in one file.
    rules: { "max-lines": ["error", { max: 300, skipBlankLines: true }] },
  },
  {
    files: ["src/core/**/*.ts", "src/figures/**/*.ts"],
    ignores: ["**/*.test.ts", "**/fixtures/**", "**/testing/**"],
    rules: {
      "no-restricted-globals": ["error", ...NOT_IN_CORE],
      "no-restricted-properties": [
        "error",
        {
          object: "Math",
          property: "random",
          message: "core gives the same answer twice: seed a generator.",
        },
      ],
      "no-restricted-syntax": [
        "error",
        { selector: "ExportDefaultDeclaration", message: "Named exports only." },
        NO_BARREL,
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
        { selector: "CallExpression[callee.name='Date']", message: CLOCK },
        { selector: "MemberExpression[object.name='Date'][property.name='now']", message: CLOCK },
      ],
    },
  },
  {
    files: ["**/*.test.ts", "**/fixtures/**", "**/testing/**", "e2e/**/*.ts"],
    rules: { "max-lines": "off", "max-lines-per-function": "off", "no-console": "off" },
  },
  {
    files: ["{scripts,test}/**/*.mjs", "*.config.{js,mjs}"],
    languageOptions: { globals: globals.node },
  },
  {
    files: ["scripts/offline/service-worker.js"],
    languageOptions: { globals: { ...globals.serviceworker, __FILES__: "readonly" } },
  },
  {
    files: ["scripts/bench-page.mjs", "scripts/bench-page-run.mjs", "scripts/bench-tokenizer.mjs"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
  },
);
