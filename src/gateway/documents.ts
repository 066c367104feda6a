import type { FastifyInstance } from "fastify";
import { DOCS_POLICY, docsPage } from "./docs-page.ts";
import { type ApiDocument, apiDocument } from "./openapi.ts";
import type { Operation } from "./operation.ts";
import type { Site } from "./site.ts";

/** `GET /openapi.json` and `GET /docs`: what the API is, for programs and for people. Nothing in them is secret. */
export function documentRoutes(app: FastifyInstance, site: Site, operations: readonly Operation[]): void {
  let made: { readonly document: ApiDocument; readonly page: string } | undefined;
  /** Once somebody asks: by then the public origin is known. */
  const documents = () => {
    if (!made) {
      const document = apiDocument(operations, site.publicUrl());
      made = { document, page: docsPage(document) };
    }
    return made;
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
