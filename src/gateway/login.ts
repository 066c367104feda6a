import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { SCOPES } from "../kit/access-key.ts";
import { callerOf, holderOf, SESSION_COOKIE } from "./access.ts";
import { ApiError } from "./api-error.ts";
import { LOGIN_LIFE_MS } from "./logins.ts";
import { type Operation, operation } from "./operation.ts";
import { demandOwnPage } from "./own-page.ts";
import type { Site } from "./site.ts";

const caller = z
  .object({
    name: z.string().describe("Of the key"),
    scopes: z.array(z.enum(SCOPES)).describe("What it may; `admin` may everything"),
    open: z.boolean().describe("This gateway asks this machine for no key: demo mode"),
  })
  .meta({ id: "Caller" });

const errors = {
  401: "No key, or one that is not known",
  403: "A page of somebody else's asks",
  429: "Too many requests: `Retry-After` says when to ask again, in seconds",
};

/** How a page of ours comes to a cookie, and is rid of it. A page of somebody else's cannot even log a browser in. */
export function loginOperations(site: Site): readonly Operation[] {
  const forget = ({ cookies }: FastifyRequest): void => {
    const token = cookies[SESSION_COOKIE];
    if (token !== undefined) site.logins.end(token);
  };
  const cookie = () => ({
    path: "/",
    httpOnly: true,
    sameSite: "strict" as const,
    secure: site.publicUrl().startsWith("https:"),
  });
  return [
    operation({
      id: "logIn",
      method: "POST",
      path: "/v1/login",
      scope: undefined,
      summary: "Trades a key for the cookie of a session, as our pages do",
      description:
        "It ends after 12 hours, after two without use, at `DELETE`, and when the gateway restarts or no longer has the key; what goes on by it, such as `/v1/events`, ends within seconds of it. Requests that do more than look are taken with it from pages of this gateway only; programs send the key itself.",
      body: z.strictObject({ key: z.string().trim().min(1).max(1000) }),
      answer: { description: "Who is logged in, and the cookie", schema: caller },
      errors,
      async run({ body: { key: sent }, request, reply }) {
        demandOwnPage(request, site, "too");
        const { name, scopes } = holderOf(site, request, reply, sent);
        forget(request);
        void reply.setCookie(SESSION_COOKIE, site.logins.begin(name), { ...cookie(), maxAge: LOGIN_LIFE_MS / 1000 });
        return { name, scopes, open: false };
      },
    }),
    operation({
      id: "getLogin",
      method: "GET",
      path: "/v1/login",
      scope: undefined,
      summary: "Who asks, by cookie or key, and what they may",
      answer: { description: "Who it is", schema: caller },
      more: { 204: { description: "Nobody: no key was sent, and no cookie that is good", schema: z.undefined() } },
      errors,
      async run({ request, reply }) {
        try {
          const { name, scopes, open } = callerOf(site, request, reply);
          return { name, scopes, open };
        } catch (error) {
          const isNobody = error instanceof ApiError && error.status === 401;
          if (!isNobody || request.headers.authorization !== undefined) throw error;
          // What a page asks first of all is no failure, which its browser would show in red.
          return reply.removeHeader("www-authenticate").code(204).send();
        }
      },
    }),
    operation({
      id: "logOut",
      method: "DELETE",
      path: "/v1/login",
      scope: undefined,
      summary: "Ends the session of the cookie. Twice is once",
      status: 204,
      answer: { description: "It is over", schema: z.undefined() },
      errors: { 403: errors[403] },
      async run({ request, reply }) {
        demandOwnPage(request, site, "too");
        forget(request);
        return reply.clearCookie(SESSION_COOKIE, cookie()).send();
      },
    }),
  ];
}
