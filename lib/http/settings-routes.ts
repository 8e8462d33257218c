import { auditRoutes } from "./audit-routes.ts";
import { endpointRoutes } from "./endpoint-routes.ts";
import { hookSettingsRoutes } from "./hook-routes.ts";
import { keyRoutes } from "./key-routes.ts";
import { limitRoutes } from "./limit-routes.ts";
import type { Route } from "./route.ts";

/** What people set up: a function of its own answers it (functions/settings.ts). */
export const settingsRoutes: readonly Route[] = [
  ...endpointRoutes,
  ...hookSettingsRoutes,
  ...keyRoutes,
  ...limitRoutes,
  ...auditRoutes,
];
