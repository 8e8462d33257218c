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

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const bodyOf = ({ headers, body }: Received): Record<string, unknown> =>
  headers["content-type"] === "text/calendar" ? { ics: body } : JSON.parse(body);

const put = (documents: Documents, name: string, request: Received): Answered => {
  const body = bodyOf(request);
  const periods: unknown = body["periods"];
  if (Array.isArray(periods) && periods.length === 0)
    return problem(422, "INVALID_REQUEST", "The request has faults", {
      errors: [{ pointer: "/periods", detail: "must not be empty" }],
    });
  const there = documents.get(name);
  const changed = !isSame(there === undefined ? null : { ...there, ...body }, there ?? undefined);
  if (request.query["dry_run"] === "true") return { status: 200, body: { changed } };
  documents.set(name, { ...there, ...body });
  return { status: there === undefined ? 201 : 200, body: { name, ...documents.get(name) } };
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

const overrides = (request: Received, id: string | undefined): Answered => {
  if (request.method === "DELETE")
    return id === "ovr_1" ? { status: 204 } : problem(404, "NOT_FOUND", "None");
  const body = bodyOf(request);
  const made = { id: "ovr_1", from: "2026-11-20T12:00:00Z", servers: null, ...body };
  return { status: 201, body: { ...made, created_at: "2026-11-20T12:00:00Z" } };
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
      return { status: 202, body: {} };
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
    if (collection !== "schedules" && collection !== "calendars") return null;
    const documents = collection === "schedules" ? schedules : calendars;
    if (name === undefined) {
      const items = [...documents].map(([key, fields]) => Object.assign({ name: key }, fields));
      return { status: 200, body: { items, next_cursor: null } };
    }
    if (request.method === "PUT") return put(documents, name, request);
    const document = documents.get(name);
    if (document === undefined) return problem(404, "NOT_FOUND", `There is no ${name}`);
    if (part !== undefined) return parts(options.edges ?? [], request, part, id);
    if (request.method !== "DELETE") return { status: 200, body: { name, ...document } };
    documents.delete(name);
    return { status: 204 };
  };
};
