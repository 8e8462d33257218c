import type { Dialect } from "../ports/provider.ts";
import { openApiDocument } from "./openapi.ts";
import { routes } from "./routes.ts";

/** The OpenAPI document of all routes. In a bundle it is read from a file that the build has written. */
export const description = (dialects: readonly Dialect[]): ReturnType<typeof openApiDocument> =>
  openApiDocument(routes, dialects);
