import type { FastifyInstance } from "fastify";
import { DOCS_POLICY, docsPage } from "./docs-page.ts";
import { type ApiDocument, apiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import type { Site } from "./site.ts";

/** `GET /openapi.json` and `GET /docs`: what the API is, for programs and for people. Nothing in them is secret. */
export function documentRoutes(
  app: FastifyInstance,
  site: Pick<Site, "publicUrl">,
  operations: readonly Operation[],
): void {
  let made: { readonly document: ApiDocument; readonly page: string } | undefined;
  /** Made anew for who asks before the public origin is known. */
  const documents = () => {
    if (made) return made;
    const origin = site.publicUrl();
    const document = apiDocument(operations, origin);
    const both = { document, page: docsPage(document) };
    if (origin !== "") made = both;
    return both;
  };
  app.get("/openapi.json", async () => documents().document);
  app.get("/docs", async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .header("content-security-policy", DOCS_POLICY)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .send(documents().page),
  );
}
