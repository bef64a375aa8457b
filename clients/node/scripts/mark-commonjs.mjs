// Beside a package of ES modules, the folder of CommonJS ones says what it holds.
import { writeFile } from "node:fs/promises";

await writeFile(new URL("../dist/cjs/package.json", import.meta.url), '{ "type": "commonjs" }\n');
