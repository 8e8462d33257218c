/** One call that a simulator was sent. */
export interface Call {
  /** Counts from 1 since the log was last cleared. */
  number: number;
  method: string;
  /** Path with its query. */
  path: string;
  /** Method and path with ids, zones and keys replaced by `{}`: what counts are kept by. */
  route: string;
  /** Milliseconds since the epoch, at arrival. */
  at: number;
  /** Null while it is being answered, and for ever when the connection was cut instead. */
  status: number | null;
  /** The faults that it met. */
  faults: string[];
}

/** Every call since the last clearing, oldest dropped first beyond 200,000. */
export interface CallLog {
  arrived(method: string, pathWithQuery: string, at: number): Call;
  calls(): readonly Call[];
  /** How often each route was called. */
  counts(): Record<string, number>;
  clear(): void;
}

const keptCalls = 200_000;
const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

const routeOf = (method: string, path: string): string =>
  `${method} ${path
    .replace(idPattern, "{}")
    .replace(/\/application\/servers\/[^/]+/, "/application/servers/{}")
    .replace(/\/zones\/[^/]+/, "/zones/{}")
    .replace(/\/user_data\/[^/]+/, "/user_data/{}")}`;

/** An empty log. */
export const createCallLog = (): CallLog => {
  let calls: Call[] = [];
  let counts = new Map<string, number>();
  let total = 0;
  return {
    arrived(method, pathWithQuery, at) {
      const path = pathWithQuery.split("?", 1)[0] ?? "";
      total += 1;
      const call: Call = {
        number: total,
        method,
        path: pathWithQuery,
        route: routeOf(method, path),
        at,
        status: null,
        faults: [],
      };
      calls.push(call);
      if (calls.length > keptCalls) {
        calls = calls.slice(keptCalls / 10);
      }
      counts.set(call.route, (counts.get(call.route) ?? 0) + 1);
      return call;
    },
    calls: () => calls,
    counts: () => Object.fromEntries(counts),
    clear() {
      calls = [];
      counts = new Map();
      total = 0;
    },
  };
};
