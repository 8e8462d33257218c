import type { Budget } from "../ports/budget.ts";
import type { Clock } from "../ports/clock.ts";
import type { HttpClient } from "../ports/http-client.ts";
import type { Log } from "../ports/log.ts";
import type { Secrets } from "../ports/secrets.ts";

/** What every adapter is given; it has no other way to the outside. */
export interface AdapterPorts {
  readonly http: HttpClient;
  readonly budget: Budget;
  readonly secrets: Secrets;
  readonly log: Log;
  readonly clock: Clock;
}
