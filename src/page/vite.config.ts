import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const here = import.meta.dirname;
const PAGES = ["index", "call", "softphone", "example"];

/** The pages that the gateway serves, from `dist/page`. Each is its own document, since each has a policy of its own. */
export default defineConfig({
  root: here,
  logLevel: "warn",
  plugins: [compressed()],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: join(here, "../../dist/page"),
    emptyOutDir: true,
    target: "es2022",
    // Our policy lets no page load anything from a `data:` address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // The example loads the client library as other sites do.
      external: ["/client/client.js"],
      input: {
        ...Object.fromEntries(PAGES.map((page) => [page, join(here, `${page}.html`)])),
        embed: join(here, "softphone/embed.ts"),
      },
      // What `embed.js` exports is for other sites, which know it by its name.
      preserveEntrySignatures: "exports-only",
      output: { entryFileNames: ({ name }) => (name === "embed" ? "embed.js" : "assets/[name]-[hash].js") },
    },
  },
});

/** What is text is compressed once, here, and not at every request. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved({ build }) {
      folder = build.outDir;
    },
    async writeBundle(_options, bundle) {
      for (const name of Object.keys(bundle).filter((file) => /\.(js|css|html|svg)$/.test(file))) {
        const file = join(folder, name);
        const content = await readFile(file);
        await writeFile(`${file}.br`, brotliCompressSync(content));
        await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }));
      }
    },
  };
}
