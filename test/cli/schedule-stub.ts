import { problem, type Answered, type Received, type StubRoute } from "./api-stub.ts";

interface StubEdge {
  readonly at: string;
  readonly local: string;
  readonly action: "on" | "off";
  readonly why: string;
}

/** What there is, and what the evaluator of the stub would say. */
export interface StubSchedules {
  readonly schedules?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly calendars?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly edges?: readonly StubEdge[];
}

type Documents = Map<string, Readonly<Record<string, unknown>>>;

const bodyOf = ({ headers, body }: Received): Record<string, unknown> =>
  headers["content-type"] === "text/calendar" ? { ics: body, dates: [] } : JSON.parse(body);

const fault = (pointer: string, detail: string): Answered =>
  problem(422, "INVALID_REQUEST", "The request has faults", { errors: [{ pointer, detail }] });

/** One day off. */
const dayOff = {
  added: [],
  removed: [
    { local: "2026-11-23T08:00+01:00", action: "on" },
    { local: "2026-11-23T19:00+01:00", action: "off" },
  ],
  on_hours: { before: 471, after: 460 },
};

const usersOf = (schedules: Documents, calendar: string): string[] =>
  [...schedules].flatMap(([name, { calendars }]) =>
    Array.isArray(calendars) && calendars.includes(calendar) ? [name] : [],
  );

const putCalendar = (
  schedules: Documents,
  calendars: Documents,
  name: string,
  request: Received,
): Answered => {
  const body = bodyOf(request);
  const dates: unknown[] = Array.isArray(body["dates"]) ? body["dates"] : [];
  const wrong = dates.findIndex((date) => !/^\d{4}-\d{2}-\d{2}/.test(String(date)));
  if (wrong >= 0) return fault(`/dates/${wrong}`, "must be a date such as 2026-12-25");
  const stored = dates.map((date) => ({ date, effect: null, name: null }));
  if (request.query["dry_run"] === "true") {
    const users = usersOf(schedules, name).map((user) => ({ name: user, difference: dayOff }));
    return { status: 200, body: { dry_run: true, calendar: { name }, schedules: users, warnings: [] } };
  }
  const isNew = !calendars.has(name);
  calendars.set(name, { ics: null, ...body, dates: stored });
  return { status: isNew ? 201 : 200, body: { name, ...calendars.get(name) } };
};

const missingFrom = (names: unknown, there: Documents): string | undefined =>
  (Array.isArray(names) ? names.map(String) : []).find((name) => !there.has(name));

const draftOf = (name: string, body: Readonly<Record<string, unknown>>) => ({
  dry_run: true,
  schedule: { name, version: 1, mode: "respect", ...body, paused: false, next_edge: null },
  difference: { added: [{}, {}], removed: [], on_hours: { before: 1440, after: 471 } },
  servers: { count: 12, servers: [] },
  warnings: [],
});

const put = (schedules: Documents, calendars: Documents, name: string, request: Received): Answered => {
  const body = bodyOf(request);
  if (Array.isArray(body["periods"]) && body["periods"].length === 0)
    return fault("/periods", "must not be empty");
  const calendar = missingFrom(body["calendars"], calendars);
  if (calendar !== undefined) return fault("/calendars/0", `there is no calendar ${calendar}`);
  const need = missingFrom(body["needs"], schedules);
  if (need !== undefined) return fault("/needs/0", `there is no schedule ${need}`);
  if (request.query["dry_run"] === "true") return { status: 200, body: draftOf(name, body) };
  const isNew = !schedules.has(name);
  schedules.set(name, { mode: "respect", ...body });
  return { status: isNew ? 201 : 200, body: { name, ...schedules.get(name) } };
};

const explanation = {
  desired: "off",
  chain: [
    { rule: "freeze", says: "–", because: "there is none" },
    { rule: "schedule office-hours", says: "off", because: "outside of Mon-Fri 08:00-19:00" },
    { rule: "default", says: "any", because: "doubt leaves servers as they are" },
  ],
};
const savings = {
  hours: { total: 2016, on: 660, off: 1356 },
  off_percent: 67.3,
  saved_eur: 18.55,
  bill_percent: 49.6,
  currency: "EUR",
};

const madeOverride = {
  id: "ovr_1",
  state: "on",
  from: "2026-11-20T12:00:00Z",
  until: "2026-11-20T22:00:00Z",
  servers: null,
  reason: "load test",
  created_at: "2026-11-20T12:00:00Z",
};

const overrides = (request: Received, id: string | undefined): Answered => {
  if (id !== undefined && id !== "ovr_1") return problem(404, "NOT_FOUND", "There is no such thing");
  if (request.method === "DELETE") return { status: 204 };
  if (request.method === "GET") return { status: 200, body: { items: [madeOverride], next_cursor: null } };
  const status = request.method === "POST" ? 201 : 200;
  return { status, body: { ...madeOverride, ...bodyOf(request) } };
};

const parts = (edges: readonly StubEdge[], request: Received, part: string, id?: string): Answered => {
  const { from = "", to = "" } = request.query;
  const inSpan = ({ at }: StubEdge): boolean =>
    Date.parse(at) >= Date.parse(from) && Date.parse(at) < Date.parse(to);
  switch (part) {
    case "preview":
      return { status: 200, body: { edges: edges.filter(inSpan) } };
    case "explain":
      return { status: 200, body: explanation };
    case "savings":
      return { status: 200, body: savings };
    case "overrides":
      return overrides(request, id);
    case "pause":
    case "resume":
      return { status: 202, body: { name: "office-hours" } };
    default:
      return problem(404, "NOT_FOUND", "There is no such path");
  }
};

/** Schedules and calendars, by the contract's section 5. */
export const scheduleRoutes = (options: StubSchedules): StubRoute => {
  const schedules: Documents = new Map(Object.entries(options.schedules ?? {}));
  const calendars: Documents = new Map(Object.entries(options.calendars ?? {}));
  return (request) => {
    const [, , collection = "", name, part, id] = request.path.split("/");
    if (collection === "overrides") return overrides(request, name);
    if (collection !== "schedules" && collection !== "calendars") return null;
    const documents = collection === "schedules" ? schedules : calendars;
    if (name === undefined) {
      const items = [...documents].map(([key, fields]) => Object.assign({ name: key }, fields));
      return { status: 200, body: { items, next_cursor: null } };
    }
    if (request.method === "PUT")
      return collection === "schedules"
        ? put(schedules, calendars, name, request)
        : putCalendar(schedules, calendars, name, request);
    const document = documents.get(name);
    if (document === undefined) return problem(404, "NOT_FOUND", `There is no ${name}`);
    if (part !== undefined) return parts(options.edges ?? [], request, part, id);
    if (request.method !== "DELETE") return { status: 200, body: { name, ...document } };
    documents.delete(name);
    return { status: 204 };
  };
};
