import { z } from "zod";
import { error } from "./call-schema.ts";
import type { Answer, Operation } from "./operation.ts";

/** A JSON Schema as it stands in the document, as far as we use it. */
export type JsonSchema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: string | number | boolean;
};

type Content = Readonly<Record<string, { readonly schema: JsonSchema }>>;

export type Parameter = {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
};

export type DocumentedOperation = {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly security: readonly { readonly key: readonly string[] }[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
};

/** OpenAPI 3.1, as far as we use it. */
export type ApiDocument = {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: {
    readonly securitySchemes: Readonly<Record<"key", { readonly type: "http"; readonly scheme: "bearer" }>>;
    readonly schemas: Readonly<Record<string, JsonSchema>>;
  };
};

const ABOUT = `The voice gateway's API. Every request carries a key of \`API_KEYS\`: \`Authorization: Bearer <key>\`; a page of
ours may log in instead. Times whose names
end in \`Ms\` are milliseconds since the call began, those that end in \`At\` milliseconds since 1970. What goes wrong is answered in one
shape, with a \`code\` for programs and a \`message\` for people. Carriers' webhooks and media sockets are not listed here: they follow
the carriers' own documents.`;

/** The document of these operations, reachable at `url`. */
export function apiDocument(operations: readonly Operation[], url: string): ApiDocument {
  const schemas: Record<string, JsonSchema> = {};
  const paths: Record<string, Record<string, DocumentedOperation>> = {};
  for (const operation of operations) {
    const path = paths[operation.path] ?? {};
    paths[operation.path] = { ...path, [operation.method.toLowerCase()]: documented(operation, schemas) };
  }
  const document: ApiDocument = {
    openapi: "3.1.0",
    info: { title: "Durvani", version: "1", description: ABOUT.replaceAll("\n", " ") },
    servers: [{ url }],
    paths,
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } }, schemas },
  };
  return JSON.parse(JSON.stringify(document).replaceAll('"#/$defs/', '"#/components/schemas/'));
}

function documented(operation: Operation, schemas: Record<string, JsonSchema>): DocumentedOperation {
  const { id, summary, description, scope, params, query, body, status, answer, more = {} } = operation;
  const content = ({ schema, contentType = "application/json" }: Answer): Content => ({
    [contentType]: { schema: jsonSchema(schema, "output", schemas) },
  });
  const answers = Object.entries({ ...more, [status]: answer }).map(([code, given]) => {
    return [code, { description: given.description, content: code === "204" ? {} : content(given) }];
  });
  const errors = Object.entries(errorsOf(operation)).map(([code, why]) => {
    return [code, { description: why, content: content({ description: why, schema: error }) }];
  });
  return {
    operationId: id,
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === undefined ? [] : [{ key: [scope] }],
    parameters: [...parameters(params, "path", schemas), ...parameters(query, "query", schemas)],
    ...(body && {
      requestBody: {
        required: !body.safeParse(undefined).success,
        content: { "application/json": { schema: jsonSchema(body, "input", schemas) } },
      },
    }),
    responses: Object.fromEntries([...answers, ...errors]),
  };
}

function errorsOf({ scope, params, query, body, errors }: Operation): Readonly<Record<number, string>> {
  return {
    ...((query ?? body) && { 400: "The request is wrong: `details.fields` names what, and why" }),
    ...(scope !== undefined && {
      401: "No key, or one that is not known",
      403: `The key lacks the scope ${scope}: \`details\` names those it has; or a page of somebody else's asks by cookie`,
      429: "Too many requests: `Retry-After` says when to ask again, in seconds",
    }),
    ...(params && { 404: "There is none of this id" }),
    ...(body && { 422: "The body is wrong: `details.fields` names what, and why" }),
    ...errors,
  };
}

function parameters(
  schema: z.ZodObject | undefined,
  where: Parameter["in"],
  schemas: Record<string, JsonSchema>,
): readonly Parameter[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, "input", schemas);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

type Made = { readonly $schema: string; readonly "~standard"?: unknown; readonly $defs?: Record<string, JsonSchema> };

/** What has a name goes among the components, and is referred to. */
function jsonSchema(schema: z.ZodType, io: "input" | "output", schemas: Record<string, JsonSchema>): JsonSchema {
  const { $schema: _, "~standard": __, $defs = {}, ...rest } = z.toJSONSchema(schema, { io }) as JsonSchema & Made;
  Object.assign(schemas, $defs);
  return rest;
}
