import tseslint from "typescript-eslint";

/** What each folder of src/ may import from, besides itself: arrows run one way. */
const ARROWS = {
  connection: [],
  inputs: ["connection"],
  downloads: ["connection", "inputs"],
  events: ["connection", "inputs"],
  media: ["connection", "inputs"],
  ranking: ["connection", "inputs", "events"],
  search: ["connection", "inputs", "media"],
  worker: ["connection", "inputs", "media", "downloads"],
};

const arrows = Object.entries(ARROWS).map(([folder, others]) => ({
  files: [`src/${folder}/**`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            regex: String.raw`^\.\./(?!(${["generated", ...others].join("|")})/)`,
            message: `${folder}/ stands below that: see ARROWS in eslint.config.js.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ["**/dist", "src/generated", "**/node_modules"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: "./tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // node:test's own functions return promises that its runner awaits.
      "@typescript-eslint/no-floating-promises": [
        "error",
        {
          allowForKnownSafeCalls: [
            { from: "package", name: ["test", "it", "describe", "suite"], package: "node:test" },
          ],
        },
      ],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
    },
  },
  ...arrows,
  // Examples are projects of their own: their builds check their types, with what they install.
  { files: ["**/*.js", "**/*.mjs", "examples/**"], ...tseslint.configs.disableTypeChecked },
);
