import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

type Verify = (body: string | Buffer, signature: string, secret: string, now?: number) => boolean;

/** The README's own `verifyWebhook`, as a customer pastes it. */
export async function readmeVerify(): Promise<Verify> {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  const snippets = [...readme.matchAll(/```js\n(.*?)```/gs)].flatMap(([, code]) => code ?? []);
  const [snippet] = snippets.filter((code) => code.includes("export function verifyWebhook"));
  if (snippet === undefined) throw new Error("the README shows no verifyWebhook");
  const folder = await mkdtemp(join(tmpdir(), "durvani-readme-"));
  try {
    const file = join(folder, "verify.mjs");
    await writeFile(file, snippet);
    const { verifyWebhook } = await import(/* @vite-ignore */ pathToFileURL(file).href);
    return verifyWebhook;
  } finally {
    await rm(folder, { recursive: true });
  }
}
