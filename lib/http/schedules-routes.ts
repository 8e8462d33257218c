import { calendarRoutes } from "./calendar-routes.ts";
import type { Route } from "./route.ts";
import { overrideRoutes } from "./override-routes.ts";
import { pauseRoutes } from "./pause-routes.ts";
import { scheduleConfigRoutes } from "./schedule-routes.ts";
import { snoozeRoutes } from "./snooze-routes.ts";
import { scheduleTickRoutes } from "./wake-routes.ts";

/** When servers are on: a function of its own answers it (functions/schedules.ts). */
export const schedulesRoutes: readonly Route[] = [
  ...scheduleConfigRoutes,
  ...pauseRoutes,
  ...overrideRoutes,
  ...calendarRoutes,
  ...scheduleTickRoutes,
  ...snoozeRoutes,
];
