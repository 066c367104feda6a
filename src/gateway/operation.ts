import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Scope } from "../kit/access-key.ts";
import { requireScope } from "./access.ts";
import { ApiError } from "./api-error.ts";
import type { Site } from "./site.ts";

/** What is answered; JSON, unless `contentType` says otherwise. */
export type Answer<A extends z.ZodType = z.ZodType> = {
  readonly description: string;
  readonly schema: A;
  readonly contentType?: string;
};

/** One thing the API can be asked. What is validated and what is documented of it come from here, and from nowhere else. */
export type Operation = {
  /** Its name in generated clients, such as `listCalls`. */
  readonly id: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With names in braces for what varies, such as `/v1/calls/{id}`. */
  readonly path: string;
  /** `undefined`: open to everybody. */
  readonly scope: Scope | undefined;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly status: number;
  readonly answer: Answer;
  /** Answers of other statuses that are no errors. */
  readonly more?: Readonly<Record<number, Answer>>;
  /** Errors by status, beside those that follow from the rest: why. */
  readonly errors?: Readonly<Record<number, string>>;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
};

/** What was asked, validated. */
type Asked<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  readonly params: z.output<P>;
  readonly query: z.output<Q>;
  readonly body: z.output<B>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
};

type Frozen<T> = T extends readonly (infer E)[]
  ? readonly Frozen<E>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

const Nothing = z.object({});

/** `run` gives the answer, or the reply if it has sent one itself; it throws an `ApiError` to refuse. */
export function operation<
  A extends z.ZodType,
  P extends z.ZodObject = typeof Nothing,
  Q extends z.ZodObject = typeof Nothing,
  B extends z.ZodType = z.ZodUnknown,
>({
  run,
  ...told
}: Omit<Operation, "params" | "query" | "body" | "answer" | "status" | "handle"> & {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly status?: number;
  readonly answer: Answer<A>;
  readonly run: (asked: Asked<P, Q, B>) => Promise<Frozen<z.input<A>> | FastifyReply>;
}): Operation {
  const { status = 200, params, query, body } = told;
  return {
    ...told,
    status,
    async handle(request, reply) {
      // What a call said must not outlive a login in a browser's cache, or a proxy's. Recordings say otherwise of themselves.
      void reply.code(status).header("cache-control", "no-store");
      return run({
        params: checked(params ?? Nothing, request.params, 404) as z.output<P>,
        query: checked(query ?? Nothing, request.query, 400) as z.output<Q>,
        body: checked(body ?? z.unknown(), request.body, 422) as z.output<B>,
        request,
        reply,
      });
    },
  };
}

/** Throws an `ApiError` that names every field that is wrong, and why. A path that cannot be is not there. */
function checked(schema: z.ZodType, sent: unknown, status: 400 | 404 | 422): unknown {
  const { success, data, error } = schema.safeParse(sent);
  if (success) return data;
  const fields = error.issues.flatMap(complaints);
  if (status === 404) throw new ApiError(404, fields[0]?.message ?? "nothing is here");
  const sentence = fields.map(({ field, message }) => (field === "" ? message : `${field}: ${message}`)).join("; ");
  throw new ApiError(status, sentence, { fields });
}

type Complaint = { readonly field: string; readonly message: string };

function complaints(issue: z.core.$ZodIssue): readonly Complaint[] {
  const place = issue.path.map(String);
  if (issue.code !== "unrecognized_keys") return [{ field: place.join("."), message: issue.message }];
  return issue.keys.map((key) => ({ field: [...place, key].join("."), message: "is not known here" }));
}

/** Opens the doors to these. */
export function serve(app: FastifyInstance, site: Site, operations: readonly Operation[]): void {
  for (const { method, path, scope, handle } of operations) {
    app.route({
      method,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      ...(scope && { onRequest: requireScope(site, scope) }),
      handler: handle,
    });
  }
}
