/** What part of the calls is listed. */
export const PORTIONS = ["all", "live", "failed"] as const;
export type Portion = (typeof PORTIONS)[number];

/** What the console shows, as its address says. `call`: the id of the one that is open beside the list. */
export type CallsRoute = {
  readonly page: "calls";
  readonly call?: string;
  readonly portion: Portion;
  readonly search: string;
};
export type Route = CallsRoute | { readonly page: "agents" } | { readonly page: "health" };

export const ALL_CALLS: CallsRoute = { page: "calls", portion: "all", search: "" };

/** `undefined`: another page's address. */
export function routeOf({ pathname, searchParams }: URL): Route | undefined {
  if (pathname === "/agents") return { page: "agents" };
  if (pathname === "/health") return { page: "health" };
  const list: CallsRoute = {
    page: "calls",
    portion: PORTIONS.find((name) => name === searchParams.get("show")) ?? "all",
    search: searchParams.get("search") ?? "",
  };
  if (pathname === "/" || pathname === "/calls") return list;
  const [, call] = /^\/calls\/([^/]+)$/.exec(pathname) ?? [];
  return call === undefined ? undefined : { ...list, call: decoded(call) };
}

/** A path and a query; what is as usual is left out. */
export function pathOf(route: Route): string {
  if (route.page !== "calls") return `/${route.page}`;
  const { call, portion, search } = route;
  const query = new URLSearchParams({ ...(portion !== "all" && { show: portion }), ...(search !== "" && { search }) });
  const path = call === undefined ? "/" : `/calls/${encodeURIComponent(call)}`;
  return query.size === 0 ? path : `${path}?${query}`;
}

/** What somebody typed into the address may be no such text. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
