import { cp } from "node:fs/promises";
import { extname, join } from "node:path";

/** What stands beside the source and is no TypeScript goes beside the built files: migrations and recorded voices. */
const ASSETS = ["", ".sql", ".ulaw", ".json"]; // folders have no extension

const root = join(import.meta.dirname, "..");
await cp(join(root, "src"), join(root, "dist"), {
  recursive: true,
  filter: (path) => ASSETS.includes(extname(path)),
});
