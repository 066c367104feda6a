import { createHash } from "node:crypto";
import type { ApiDocument, DocumentedOperation, JsonSchema } from "./openapi.ts";

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 3rem; border-top: 1px solid; padding-top: 1rem; font-size: 1.2rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin-bottom: 0; }
code, pre { font: 0.9em/1.4 ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.5rem; background: #8882; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0; border-bottom: 1px solid #8884; }
ul { padding-left: 1.2rem; }
`;

/** Nothing but this page's own style: no script, no frame, nothing from elsewhere. */
export const DOCS_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The document, for people. */
export function docsPage({ info, servers, paths, components }: ApiDocument): string {
  const origin = servers[0]?.url ?? "";
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, ...operation })),
  );
  const contents = operations.map(
    ({ operationId, method, path, summary }) =>
      `<tr><td><a href="#${escaped(operationId)}"><code>${method} ${escaped(path)}</code></a></td><td>${prose(summary)}</td></tr>`,
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<h2 id="schema-${escaped(name)}">${escaped(name)}</h2>${shape(schema)}`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(info.title)}: the API</title>
<style>${STYLE}</style></head>
<body>
<h1>${escaped(info.title)}: the API</h1>
<p>${prose(info.description)}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a></p>
<table>${contents.join("\n")}</table>
${operations.map((operation) => section(operation, origin)).join("\n")}
${schemas.join("\n")}
</body></html>
`;
}

type Listed = DocumentedOperation & { readonly method: string; readonly path: string };

function section(operation: Listed, origin: string): string {
  const { operationId, method, path, summary, description, security, parameters, requestBody, responses } = operation;
  const scope = security[0]?.key[0];
  const asked = parameters.map(
    (one) =>
      `<tr><td><code>${escaped(one.name)}</code>${one.required ? "" : " (optional)"}</td><td>${type(one.schema)}</td>
<td>${prose(one.description ?? "")}</td></tr>`,
  );
  const answered = Object.entries(responses).map(
    ([status, { description: why, content }]) =>
      `<tr><td>${status}</td><td>${prose(why)}${contents(content)}</td></tr>`,
  );
  return `<h2 id="${escaped(operationId)}"><code>${method} ${escaped(path)}</code></h2>
<p>${prose(summary)}. ${scope === undefined ? "Open to everybody." : `Scope: <code>${escaped(scope)}</code>.`}</p>
${description === undefined ? "" : `<p>${prose(description)}</p>`}
<pre>${escaped(example(method, origin + path, scope, requestBody !== undefined))}</pre>
${asked.length === 0 ? "" : `<h3>Asked</h3><table>${asked.join("\n")}</table>`}
${requestBody ? `<h3>Body</h3>${contents(requestBody.content)}` : ""}
<h3>Answered</h3><table>${answered.join("\n")}</table>`;
}

function example(method: string, url: string, scope: string | undefined, body: boolean): string {
  const key = scope === undefined ? "" : ' -H "Authorization: Bearer $KEY"';
  const json = body ? " -H 'Content-Type: application/json' -d '{…}'" : "";
  return `curl${method === "GET" ? "" : ` -X ${method}`}${key}${json} '${url}'`;
}

const contents = (content: DocumentedOperation["responses"][string]["content"]): string =>
  Object.entries(content)
    .map(
      ([kind, { schema }]) => `${kind === "application/json" ? "" : ` <code>${escaped(kind)}</code>`}${shape(schema)}`,
    )
    .join("");

/** An object's fields as a list, one inside the other; anything else in a few words. */
function shape({ description, oneOf, properties, required = [], ...rest }: JsonSchema): string {
  const about = description === undefined ? "" : `<p>${prose(description)}</p>`;
  if (oneOf) return `${about}<p>One of:</p>${oneOf.map(shape).join("")}`;
  if (!properties) return `<p>${type(rest)}</p>${about}`;
  const fields = Object.entries(properties).map(([name, field]) => line(name, field, required.includes(name)));
  return `${about}<ul>${fields.join("")}</ul>`;
}

function line(name: string, field: JsonSchema, required: boolean): string {
  const { properties, required: needed = [] } = field.items ?? field;
  const inner = properties ? shape({ properties, required: needed }) : "";
  const about = field.description === undefined ? "" : `: ${prose(field.description)}`;
  return `<li><code>${escaped(name)}</code> ${type(field)}${required ? "" : " (optional)"}${about}${inner}</li>`;
}

function type(schema: JsonSchema): string {
  const { $ref: ref, items, anyOf, minimum, maximum } = schema;
  if (ref !== undefined) {
    const name = escaped(ref.split("/").at(-1) ?? "");
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (items) return `list of ${type(items)}`;
  const values = schema.enum ?? (schema.const === undefined ? [] : [schema.const]);
  if (values.length > 0) return values.map((value) => `<code>${escaped(String(value))}</code>`).join(" or ");
  if (anyOf) return [...new Set(anyOf.map(type))].join(" or ");
  const words = [
    [schema.type ?? "anything"].flat().join(" or "),
    ...(minimum === undefined ? [] : [`from ${minimum}`]),
    ...(maximum === undefined ? [] : [`to ${maximum}`]),
    ...(schema.default === undefined
      ? []
      : [`(${typeof schema.default === "object" ? JSON.stringify(schema.default) : schema.default} unless given)`]),
  ];
  return escaped(words.join(" "));
}

/** What stands between backticks is code. */
const prose = (text: string): string => escaped(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
