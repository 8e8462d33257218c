import { connectionRoutes } from "./connection-routes.ts";
import { dialectRoutes } from "./dialect-routes.ts";
import { eventRoutes } from "./event-routes.ts";
import { operationRoutes } from "./operation-routes.ts";
import type { Route } from "./route.ts";
import { healthRoute, openApiRoute } from "./system-routes.ts";

/** Every route there is. */
export const routes: readonly Route[] = [
  ...operationRoutes,
  ...connectionRoutes,
  ...dialectRoutes,
  ...eventRoutes,
  healthRoute,
  openApiRoute(() => routes),
];
