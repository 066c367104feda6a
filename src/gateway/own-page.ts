import type { FastifyRequest } from "fastify";
import { isPageOf } from "../kit/origin.ts";
import { ApiError } from "./api-error.ts";
import type { Site } from "./site.ts";

/** Whose page made the browser ask: ours, somebody else's, or nobody's, since it is a program that asks. */
type Asker = "own-page" | "foreign-page" | "program";

/** Browsers say it, and no page can make them lie. */
export function askerOf({ headers, protocol }: FastifyRequest, publicUrl: string): Asker {
  const { origin, "sec-fetch-site": site } = headers;
  // `none`: their user typed the address, and no page has a hand in it.
  if (origin === undefined && (site === undefined || site === "none")) return "program";
  const ours = [publicUrl, `${protocol}://${headers.host}`];
  const own = site === "same-origin" || (origin !== undefined && ours.some((url) => isPageOf(origin, url)));
  return own ? "own-page" : "foreign-page";
}

/** Does it do more than look? A socket does whatever is said on it, and pages may open it wherever they come from. */
export const isDriving = ({ method, ws }: FastifyRequest): boolean =>
  ws || !["GET", "HEAD", "OPTIONS"].includes(method);

/**
 * Throws a 403 unless one of our pages asks: browsers send cookies along, and reach this machine's ports, for anybody's page.
 * Programs may, where nothing is at stake that their user did not send.
 */
export function demandOwnPage(request: FastifyRequest, site: Pick<Site, "publicUrl">, programs: "too" | "never"): void {
  const asker = askerOf(request, site.publicUrl());
  if (asker === "own-page" || (asker === "program" && programs === "too")) return;
  throw new ApiError(403, "only pages of this gateway may do this without sending Authorization: Bearer <key>");
}
