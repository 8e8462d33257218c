import { apiRoutes } from "./api-routes.ts";
import { bulkRoutes } from "./bulk-routes.ts";
import { receiveRoutes } from "./receive-routes.ts";
import type { Route } from "./route.ts";
import { schedulesRoutes } from "./schedules-routes.ts";
import { settingsRoutes } from "./settings-routes.ts";

/** Every route there is, whichever function answers it. */
export const routes: readonly Route[] = [
  ...apiRoutes,
  ...bulkRoutes,
  ...schedulesRoutes,
  ...settingsRoutes,
  ...receiveRoutes,
];
