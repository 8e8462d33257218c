import { isObject, jsonObjectSchema, type Json } from "../../lib/operation/json.ts";
import type { Route } from "../../lib/http/route.ts";
import type { KeyCall } from "./access-world.ts";
import { fieldNamesOf, sampleOf } from "./sample-values.ts";

/** Things that belong to somebody. */
export const idKinds = [
  "operation",
  "connection",
  "key",
  "endpoint",
  "delivery",
  "hook",
  "bulkJob",
  "schedule",
  "override",
  "event",
  "subject",
] as const;
export type IdKind = (typeof idKinds)[number];
export type Ids = Readonly<Record<IdKind, string>>;

/** What the parameters of paths name: a thing of somebody, or a word that is the same for all. */
const inPath: Readonly<
  Record<string, { readonly id: IdKind } | { readonly word: string; readonly deep?: string }>
> = {
  "operations/{id}": { id: "operation" },
  "connections/{name}": { id: "connection" },
  "keys/{id}": { id: "key" },
  "endpoints/{id}": { id: "endpoint" },
  "deliveries/{id}": { id: "delivery" },
  "hooks/{name}": { id: "hook" },
  "bulk-jobs/{id}": { id: "bulkJob" },
  "schedules/{name}": { id: "schedule" },
  "overrides/{id}": { id: "override" },
  // Calendars belong to the installation.
  "calendars/{name}": { word: "france" },
  "dialects/{name}": { word: "scaleway-instance" },
  // Ids of the provider's own things, seen through a connection.
  "{name}/{collection}": { word: "servers", deep: "containers" },
  "{collection}/{id}": { word: "s-1" },
  "{id}/{sub_collection}": { word: "action", deep: "objects" },
  "{sub_collection}/{sub_id}": { word: "a-1" },
};

/** What fields of bodies and queries name; a name that is in neither list has to be put into one. */
const inFields: Readonly<Record<string, IdKind>> = {
  connection: "connection",
  connections: "connection",
  after: "event",
  subject: "subject",
};
const plainFields: ReadonlySet<string> = new Set(
  (
    "limit cursor state kind type bulk_job actor action " +
    // What it acts on is the provider's, behind the connection that is named beside it.
    "resource id input as resource_id find tag " +
    "name scopes networks expires_at expires_in_days requests_per_minute " +
    "url types tags description headers overlap_seconds since from to only_missed " +
    "verify scheme secret rules when operation cooldown_seconds daily_cap dedup exists in " +
    "until reason payload external_id " +
    // Bulk jobs: their items are the provider's, or in the body itself.
    "count rows template items defaults select names ids not_tags priority max_parallel max_failures skip_invalid " +
    "batch_scope on_stop max_eur_per_hour max_eur_per_month max_deletes vars start format only plan_hash " +
    "abort_running filter codes states keys patch patch_all " +
    // Schedules: `needs` names others, and is refused as unknown where they are not one's own.
    "dry_run zones projects timezone periods days date dates cron on off rrule dtstart duration rule exdates rdates " +
    "gap overlap mode calendars effect default merge stagger spread ready_by needs schedule ready timeout on_failure " +
    "stop_while_needed guards min_uptime min_off_time max_stops_per_day max_affected accept_no_return " +
    "stop_protected hold retain new_servers apply_after cleanup_standby notice_minutes catch_up minutes percent late " +
    "server servers at lease callback confirm_id busy_check for now"
  ).split(" "),
);

/** Bodies that a schema alone does not lead to. */
const bodies: Readonly<Record<string, Json>> = {
  resolveOperation: { as: "abandon" },
  dryRunHook: { payload: {} },
  rotateEndpointSecret: {},
  planBulk: { connection: "paris", kind: "server.create", items: [{ name: "web-1", type: "DEV1-S" }] },
  submitBulkJob: { connection: "paris", kind: "server.create", items: [{ name: "web-1", type: "DEV1-S" }] },
  putSchedule: {
    connection: "paris",
    select: { tags: ["dev"] },
    periods: [{ days: ["mon"], from: "08:00", to: "19:00" }],
    timezone: "Europe/Paris",
    mode: "stop-only",
  },
  addOverride: { state: "on", until: "2026-11-02T12:00:00Z", reason: "a release" },
  wakeSchedule: { lease: "2h" },
  confirmSchedule: { confirm_id: "cfm_1" },
  extendOverride: { until: "2026-11-02T13:00:00Z" },
  putCalendar: { dates: ["2026-12-25"] },
};

const span = "from=2026-11-02T00:00:00Z&to=2026-11-03T00:00:00Z";
/** Queries of routes that can't do without. */
const queries: Readonly<Record<string, string>> = {
  previewSchedule: span,
  scheduleSavings: span,
  explainSchedule: "server=s-1",
};

/** What is said of a route in this file, or a reason why something has to be added to it. */
export const lackOf = ({ path, query, body, operationId }: Route): string | null => {
  const parts = path.split("/");
  const unknown = parts.find(
    (part, index) => part.startsWith("{") && inPath[`${parts[index - 1] ?? ""}/${part}`] === undefined,
  );
  if (unknown !== undefined) return `${operationId}: say in inPath what ${unknown} of ${path} names`;
  const names = [
    ...Object.keys(query.shape),
    ...(body.document === null ? [] : fieldNamesOf(body.document.schema)),
  ];
  const stray = names.find((name) => inFields[name] === undefined && !plainFields.has(name));
  return stray === undefined ? null : `${operationId}: say in inFields or plainFields what ${stray} names`;
};

const pathWith = (route: Route, ids: Ids): string =>
  route.path
    .split("/")
    .map((part, index, parts) => {
      if (!part.startsWith("{")) return part;
      const named = inPath[`${parts[index - 1] ?? ""}/${part}`];
      if (named === undefined) throw new Error(lackOf(route) ?? part);
      if ("id" in named) return encodeURIComponent(ids[named.id]);
      return route.path.includes("{sub_id}") ? (named.deep ?? named.word) : named.word;
    })
    .join("/");

/** The same body with other names of connections. */
const bodyWith = (body: Json, ids: Ids): Json => {
  if (Array.isArray(body)) return body.map((part) => bodyWith(part, ids));
  if (!isObject(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      if (name === "connection") return [name, ids.connection];
      if (name === "connections") return [name, [ids.connection]];
      return [name, bodyWith(value, ids)];
    }),
  );
};

const sampleBody = ({ operationId, body: { document } }: Route): Json | undefined =>
  document === null ? undefined : (bodies[operationId] ?? sampleOf(document.schema));

/** A request that the route takes, with these ids in its path and body. */
export const requestOf = (route: Route, ids: Ids): KeyCall => {
  const body = sampleBody(route);
  const query = queries[route.operationId];
  const required = (route.headerWords ?? []).filter(({ required: isRequired }) => isRequired);
  return {
    method: route.method,
    path: pathWith(route, ids),
    headers: Object.fromEntries(required.map(({ name }) => [name, "sample-1"])),
    ...(body === undefined ? {} : { body: bodyWith(body, ids) }),
    ...(query === undefined ? {} : { query }),
  };
};

/** One place of a request where a thing of somebody is named, and the request with another name there. */
export interface Place {
  readonly where: string;
  readonly kind: IdKind;
  readonly request: (ids: Ids, own: Ids) => KeyCall;
}

/** Every place of a route where somebody's thing is named. */
export const placesOf = (route: Route): Place[] => {
  const parts = route.path.split("/");
  const places: Place[] = [];
  for (const [index, part] of parts.entries()) {
    const named = inPath[`${parts[index - 1] ?? ""}/${part}`];
    if (named === undefined || !("id" in named)) continue;
    const { id: kind } = named;
    places.push({
      where: `path ${part}`,
      kind,
      request: (ids, own) => ({
        ...requestOf(route, own),
        path: pathWith(route, { ...own, [kind]: ids[kind] }),
      }),
    });
  }
  for (const name of Object.keys(route.query.shape)) {
    const kind = inFields[name];
    if (kind === undefined) continue;
    places.push({
      where: `query ${name}`,
      kind,
      request: (ids, own) => ({
        ...requestOf(route, own),
        query: new URLSearchParams({ [name]: ids[kind] }).toString(),
      }),
    });
  }
  const body = jsonObjectSchema.safeParse(sampleBody(route)).data;
  if (body !== undefined && JSON.stringify(body).includes('"paris"'))
    places.push({
      where: "body connection",
      kind: "connection",
      request: (ids, own) => ({
        ...requestOf(route, own),
        body: bodyWith(body, { ...own, connection: ids.connection }),
      }),
    });
  return places;
};
