import * as z from "zod";
import { auditEntrySchema, auditFolder, type AuditEntry } from "../access/audit-entry.ts";
import type { Operation } from "../operation/operation.ts";
import { operationIdPattern } from "../operation/operation-id.ts";
import type { ListPosition } from "../ports/operation-store.ts";
import type { Ports } from "../ports/ports.ts";
import { badCursor, cursorOf, markOf, positionOf, type Listing } from "./cursor.ts";

type AuditPorts = Pick<Ports, "documents" | "operations" | "log">;

/** What is asked of the trail. */
export interface AuditQuestion {
  readonly actor: string | null;
  readonly action: string | null;
  readonly cursor: string | null;
  readonly limit: number;
}

/** Pages that one request may read of each of the two lists: a rare filter must not read all of them. */
const pagesPerRequest = 12;
const pageSize = 100;

/** What an operation's row says by itself; its route writes no entry. */
const operationAction = "requestOperation";

const placeSchema = z.strictObject({
  /** Behind which entry; null: from the first. */
  d: z.string().max(100).nullable(),
  /** Behind which operation. */
  o: z.strictObject({ c: z.iso.datetime(), i: z.string().regex(operationIdPattern) }).nullable(),
  l: z.string(),
});

/** Something of a list, and where the list goes on behind it; `entry` is null for what was not asked for. */
interface Placed<P> {
  readonly entry: AuditEntry | null;
  readonly place: P;
}

/** One list, newest first, read page by page as it is used up. */
class Source<P> {
  readonly #page: (after: P | null) => Promise<{ items: readonly Placed<P>[]; next: P | null }>;
  #buffer: Placed<P>[] = [];
  #from: P | null;
  #isAtEnd = false;
  #pages = 0;
  /** Behind what was taken or passed over. */
  place: P | null;

  constructor(
    place: P | null,
    page: (after: P | null) => Promise<{ items: readonly Placed<P>[]; next: P | null }>,
  ) {
    this.place = place;
    this.#from = place;
    this.#page = page;
  }

  /** The newest that was asked for; null at the end, `tired` when enough pages were read for one request. */
  async head(): Promise<AuditEntry | "tired" | null> {
    for (;;) {
      const [first] = this.#buffer;
      if (first === undefined) {
        if (this.#isAtEnd) return null;
        // A page may be empty before the end: what was looked at is not looked at again.
        this.place = this.#from ?? this.place;
        if (this.#pages === pagesPerRequest) return "tired";
        await this.#more();
      } else if (first.entry === null) this.take();
      else return first.entry;
    }
  }

  take(): void {
    const first = this.#buffer.shift();
    if (first !== undefined) this.place = first.place;
  }

  async #more(): Promise<void> {
    const read = await this.#page(this.#from);
    this.#pages += 1;
    this.#buffer = [...read.items];
    this.#from = read.next;
    this.#isAtEnd = read.next === null;
  }
}

/** The entry that an operation stands for; null where nobody asked, or asked for a bulk job, which has one of its own. */
const entryOf = ({ created_at: at, requested_by: actor, ...operation }: Operation): AuditEntry | null =>
  actor === null || operation.bulk_job !== null
    ? null
    : {
        at,
        actor,
        action: operationAction,
        target: `/v1/operations/${operation.id}`,
        connection: operation.connection,
        status: 202,
        request_id: operation.request_id,
      };

const isWanted = (entry: AuditEntry, { actor, action }: AuditQuestion): boolean =>
  (actor === null || entry.actor === actor) && (action === null || entry.action === action);

const documentsFrom = (question: AuditQuestion, { documents, log }: AuditPorts, place: string | null) =>
  new Source<string>(place, async (after) => {
    const page = await documents.list(auditFolder, after, pageSize);
    const items = page.documents.map(({ name, value }) => {
      const read = auditEntrySchema.safeParse(value);
      if (!read.success) log.error("an entry of the audit trail can't be read", { error: name });
      return { entry: read.success && isWanted(read.data, question) ? read.data : null, place: name };
    });
    return { items, next: page.next };
  });

const operationsFrom = (question: AuditQuestion, { operations }: AuditPorts, place: ListPosition | null) =>
  new Source<ListPosition>(place, async (after) => {
    if (question.action !== null && question.action !== operationAction) return { items: [], next: null };
    const page = await operations.list({}, after, pageSize);
    const items = page.operations.map((operation) => {
      const entry = entryOf(operation);
      return {
        entry: entry !== null && isWanted(entry, question) ? entry : null,
        place: { createdAt: operation.created_at, id: operation.id },
      };
    });
    return { items, next: page.next };
  });

/**
 * Who did what, newest first: the entries of the trail and the rows of the operations, merged by their times, so that
 * asking for an operation costs no write for it. A page may be shorter than `limit` before the end.
 * @throws RequestRefused 422 for a cursor that is not of this list
 */
export const listAudit = async (question: AuditQuestion, ports: AuditPorts): Promise<Listing<AuditEntry>> => {
  const mark = markOf({ actor: question.actor, action: question.action });
  const from = question.cursor === null ? null : positionOf(question.cursor, placeSchema);
  if (from !== null && from.l !== mark) throw badCursor();
  const entries = documentsFrom(question, ports, from?.d ?? null);
  const position = from?.o ?? null;
  const rows = operationsFrom(
    question,
    ports,
    position === null ? null : { createdAt: position.c, id: position.i },
  );
  const items: AuditEntry[] = [];
  for (;;) {
    const [one, other] = await Promise.all([entries.head(), rows.head()]);
    if (one === null && other === null) return { items, nextCursor: null };
    if (one === "tired" || other === "tired" || items.length === question.limit) break;
    const isEntry = other === null || (one !== null && one.at >= other.at);
    const next = isEntry ? one : other;
    if (next !== null) items.push(next);
    if (isEntry) entries.take();
    else rows.take();
  }
  const { place } = rows;
  const behind = place === null ? null : { c: place.createdAt, i: place.id };
  return { items, nextCursor: cursorOf({ d: entries.place, o: behind, l: mark }) };
};
