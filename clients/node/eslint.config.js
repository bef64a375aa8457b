import tseslint from "typescript-eslint";

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
  // Examples are projects of their own: their builds check their types, with what they install.
  { files: ["**/*.js", "**/*.mjs", "examples/**"], ...tseslint.configs.disableTypeChecked },
);
