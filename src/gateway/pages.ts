import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { ApiError } from "./api-error.ts";
import { type PageNeeds, pageHeaders } from "./page-headers.ts";
import type { Site } from "./site.ts";

type Page = { readonly file: string; readonly paths: readonly string[]; readonly needs: PageNeeds };

const YEAR_MS = 365 * 24 * 3_600_000;
const NOT_BUILT = "the pages are not built: npm run build:page";

function pagesOf({ parts }: Site): readonly Page[] {
  return [
    {
      file: "index.html",
      paths: ["/", "/calls", "/calls/:id", "/agents", "/health"],
      needs: { frames: ["'self'"] },
    },
    {
      file: "softphone.html",
      paths: ["/softphone"],
      needs: { shownBy: ["'self'", ...parts.frameAncestors], connects: parts.signallingOrigins },
    },
    // Whatever app an agent shows.
    { file: "call.html", paths: ["/call"], needs: { frames: ["https:"] } },
    { file: "example.html", paths: ["/example"], needs: { frames: ["https:"] } },
  ];
}

/** The built pages, as they are compressed by the build, and what they load; none of it is secret. */
export async function pageRoutes(app: FastifyInstance, site: Site): Promise<void> {
  const { pagesFolder, log } = site.parts;
  const isBuilt = (file: string): boolean => existsSync(join(pagesFolder, file));
  if (!isBuilt("index.html")) log.warn({ pagesFolder }, NOT_BUILT);
  await app.register(fastifyStatic, { root: pagesFolder, serve: false, preCompressed: true, cacheControl: false });

  for (const { file, paths, needs } of pagesOf(site))
    for (const path of paths)
      app.get(path, async (request, reply) => {
        if (!isBuilt(file)) throw new ApiError(503, NOT_BUILT);
        return reply
          .headers(pageHeaders(needs, request, site.publicUrl()))
          .header("cache-control", "no-cache")
          .header("vary", "accept-encoding")
          .sendFile(file);
      });
  assetRoutes(app, pagesFolder);
}

/**
 * Names of assets change with what is in them. What others' pages may load keeps its name. Each route has a folder of its own to
 * look in: a page that `..` leads to would come without what browsers are to hold it to.
 */
function assetRoutes(app: FastifyInstance, pagesFolder: string): void {
  const loads = { "x-content-type-options": "nosniff", vary: "accept-encoding" };
  app.get<{ Params: { "*": string } }>("/assets/*", async (request, reply) =>
    reply.headers(loads).sendFile(request.params["*"], join(pagesFolder, "assets"), {
      cacheControl: true,
      maxAge: YEAR_MS,
      immutable: true,
    }),
  );
  for (const path of ["/favicon.svg", "/sounds/*", "/embed.js", "/client/*"])
    app.get<{ Params: { "*"?: string } }>(path, async (request, reply) =>
      reply
        .headers({ ...loads, "cache-control": "no-cache", "access-control-allow-origin": "*" })
        .sendFile(request.params["*"] ?? basename(path), join(pagesFolder, dirname(path))),
    );
}
