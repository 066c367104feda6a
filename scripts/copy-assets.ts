import { cp } from "node:fs/promises";
import { extname, join } from "node:path";

/** What stands beside the source and is no TypeScript goes beside the built files, in dist or where the argument says. */
const ASSETS = ["", ".sql", ".ulaw", ".json"]; // folders have no extension

const root = join(import.meta.dirname, "..");
await cp(join(root, "src"), process.argv[2] ?? join(root, "dist"), {
  recursive: true,
  filter: (path) => ASSETS.includes(extname(path)),
});
