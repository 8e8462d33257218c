import { shortName } from "../operation/pointer.ts";
import { RequestRefused } from "../flows/request-refused.ts";
import { HttpRefused } from "./http-refused.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { Route } from "./route.ts";

/** A route and the values of its path's parameters. */
export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const nameOf = (part: string): string | null =>
  part.startsWith("{") && part.endsWith("}") ? part.slice(1, -1) : null;

const paramsOf = (path: string, segments: readonly string[]): Record<string, string> | null => {
  const parts = path.slice(1).split("/");
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? "";
    const name = nameOf(part);
    if (name === null ? part !== segment : segment === "") return null;
    if (name !== null) params[name] = segment;
  }
  return params;
};

/** The path is not repeated: a mistyped one may hold a token. */
const noPath = (): RequestRefused =>
  new RequestRefused({
    status: 404,
    code: "NOT_FOUND",
    title: "There is no such path",
    detail: "There is nothing at this path.",
    hint: "GET /openapi.json describes what there is.",
  });

const wrongMethod = (matched: readonly Matched[]): HttpRefused => {
  const methods = new Set<string>(matched.map(({ route }) => route.method));
  if (methods.has("GET")) methods.add("HEAD");
  const allow = [...methods].toSorted().join(", ");
  return new HttpRefused(
    {
      status: 405,
      code: "METHOD_NOT_ALLOWED",
      title: "This path has no such method",
      detail: `This path takes ${allow}.`,
      hint: "Use one of these; GET /openapi.json describes what each does.",
    },
    { Allow: allow },
  );
};

const badPath = (broken: readonly string[]): RequestRefused =>
  new RequestRefused({
    status: 400,
    code: "BAD_PATH",
    title: "The path can't be read",
    detail: `In the path, "${broken.map(shortName).join('", "').slice(0, 200)}" is broken percent-encoding, not UTF-8, or holds NUL.`,
    hint: "Percent-encode the bytes of UTF-8: é is %C3%A9, and % itself is %25.",
  });

/**
 * The route for a request; a literal path goes before one with parameters, HEAD is answered as GET.
 * @throws RequestRefused 400 for a path that can't be decoded, 404, 405 with `Allow`
 */
export const routeFor = (
  routes: readonly Route[],
  { segments, brokenSegments, method }: IncomingRequest,
): Matched => {
  if (segments === null) throw badPath(brokenSegments);
  const matched = routes
    .flatMap((route): Matched[] => {
      const params = paramsOf(route.path, segments);
      return params === null ? [] : [{ route, params }];
    })
    .toSorted((a, b) => Object.keys(a.params).length - Object.keys(b.params).length);
  if (matched.length === 0) throw noPath();
  const wanted = method === "HEAD" ? "GET" : method;
  const found = matched.find(({ route }) => route.method === wanted);
  if (found === undefined) throw wrongMethod(matched);
  return found;
};
