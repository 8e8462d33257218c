import { connectionRoutes } from "./connection-routes.ts";
import { dialectRoutes } from "./dialect-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { eventTypeRoutes } from "./event-type-routes.ts";
import { operationRoutes } from "./operation-routes.ts";
import type { Route } from "./route.ts";
import { healthRoute, openApiRoute } from "./system-routes.ts";

/** What the function `api` answers. */
export const apiRoutes: readonly Route[] = [
  ...operationRoutes,
  ...connectionRoutes,
  ...dialectRoutes,
  ...eventRoutes,
  ...eventTypeRoutes,
  healthRoute,
  openApiRoute,
];
