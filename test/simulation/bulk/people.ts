import * as z from "zod";
import type { Chance } from "../chance.ts";
import { apiKey } from "../simulated-secrets.ts";
import type { Post } from "./asks.ts";
import { type Deed, type DeedName, itemSchema, type ItemShown, JobRecord, viewIn } from "./ledger.ts";
import type { Ending, Works } from "./works.ts";

const replySchema = z.object({
  statusCode: z.number(),
  body: z.string().default(""),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});
const pageSchema = z.object({ items: z.array(itemSchema), next_cursor: z.string().nullable() });

interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query?: string;
  readonly key?: string;
  readonly type?: string;
  readonly body?: string;
}

/** An answer below 500; `asked`: when it was asked for the time that was answered. */
interface Answered {
  readonly status: number;
  readonly body: string;
  readonly asked: number;
  readonly headers: Readonly<Record<string, string | number | boolean>>;
}

const eventOf = ({ method, path, query = "", key, type, body }: Call) => ({
  rawPath: path,
  rawQueryString: query,
  headers: {
    authorization: `Bearer ${apiKey}`,
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...(type === undefined ? {} : { "content-type": type }),
  },
  requestContext: { requestId: "req-1", http: { method } },
  ...(body === undefined ? {} : { body }),
  isBase64Encoded: false,
});

/** Answers after which whoever asked asks again. */
const passes = ({ status, body }: Pick<Answered, "status" | "body">): boolean =>
  status >= 500 || body.includes('"CONFLICT"') || body.includes('"LIMIT_CONTESTED"');

/** Those who ask for jobs and look after them. They ask until they are answered; all that they are told is on record. */
export class People {
  readonly #works: Works;
  readonly #chance: Chance;
  readonly records: JobRecord[] = [];
  /** Requests that have not been answered. */
  waiting = 0;
  /** Answers that nobody should get. */
  readonly odd: string[] = [];

  constructor(works: Works) {
    this.#works = works;
    this.#chance = works.world.chance.split("people");
  }

  #call(call: Call, answered: (answer: Answered) => void): void {
    const { world } = this.#works;
    this.waiting += 1;
    const again = (): void => world.after(this.#chance.between(500, 6000), attempt);
    const attempt = (): void => {
      const asked = world.now;
      this.#works.invoke("bulk", eventOf(call), (ending: Ending) => {
        const isLost = world.faults.strikes("api reply lost", call.path);
        if ("fault" in ending) return again();
        const { statusCode: status, body, headers } = replySchema.parse(ending.value);
        if (isLost || passes({ status, body })) return again();
        this.waiting -= 1;
        world.say(() => `${call.method} ${call.path} is answered ${status}: ${body.slice(0, 2000)}`);
        answered({ status, body, asked, headers });
      });
    };
    attempt();
  }

  #take(record: JobRecord, { status, body, asked }: Answered): Deed["view"] {
    if (status >= 300) return null;
    const { view } = viewIn(body);
    record.id = view.id;
    record.reads.push({ asked, at: this.#works.world.now, view });
    return view;
  }

  #deed(record: JobRecord, name: DeedName, call: Call, then: (deed: Deed) => void): void {
    const { world } = this.#works;
    const deed: Deed = { name, asked: world.now, answered: null, status: null, view: null, retried: 0 };
    record.deeds.push(deed);
    this.#call(call, (answer) => {
      deed.answered = world.now;
      deed.status = answer.status;
      deed.view = this.#take(record, answer);
      if (deed.view !== null) deed.retried = viewIn(answer.body).retried;
      world.sometimes(`${name} was answered ${answer.status}`);
      if (![200, 202, 409, 410, 422].includes(answer.status))
        this.odd.push(`${name} was answered ${answer.status}: ${answer.body}`);
      then(deed);
    });
  }

  /** Asks for a job; told when it is taken or refused. */
  submit({ label, path, query, type, body }: Post, then: (record: JobRecord, deed: Deed) => void): JobRecord {
    const record = new JobRecord(label);
    this.records.push(record);
    const call = { method: "POST", path, query, type, body, key: label } as const;
    this.#deed(record, "submit", call, (deed) => then(record, deed));
    return record;
  }

  /** The same post once more, at the same time. */
  submitAgain(record: JobRecord, { path, query, type, body, label }: Post): void {
    this.#deed(record, "submit", { method: "POST", path, query, type, body, key: label }, () => {});
  }

  #pathOf({ id }: JobRecord, verb = ""): string {
    return `/v1/bulk-jobs/${id ?? ""}${verb}`;
  }

  confirm(record: JobRecord, planHash: string, then: (deed: Deed) => void = () => {}): void {
    const body = JSON.stringify({ plan_hash: planHash });
    const call = {
      method: "POST",
      path: this.#pathOf(record, "/confirm"),
      type: "application/json",
      body,
    } as const;
    this.#deed(record, "confirm", call, then);
  }

  pause(record: JobRecord, then: (deed: Deed) => void = () => {}): void {
    this.#deed(record, "pause", { method: "POST", path: this.#pathOf(record, "/pause") }, then);
  }

  resume(record: JobRecord, then: (deed: Deed) => void = () => {}): void {
    this.#deed(record, "resume", { method: "POST", path: this.#pathOf(record, "/resume") }, then);
  }

  cancel(record: JobRecord, abort: boolean, then: (deed: Deed) => void = () => {}): void {
    const more = abort ? { type: "application/json", body: JSON.stringify({ abort_running: true }) } : {};
    const call = { method: "POST", path: this.#pathOf(record, "/cancel"), ...more } as const;
    this.#deed(record, abort ? "abort" : "cancel", call, then);
  }

  retry(record: JobRecord, body: object, then: (deed: Deed) => void = () => {}): void {
    const path = this.#pathOf(record, "/retry-failed");
    const call = { method: "POST", path, type: "application/json", body: JSON.stringify(body) } as const;
    this.#deed(record, "retry", call, then);
  }

  look(record: JobRecord, then: () => void = () => {}): void {
    this.#call({ method: "GET", path: this.#pathOf(record) }, (answer) => {
      if (this.#take(record, answer) === null)
        this.odd.push(`a job is answered ${answer.status}: ${answer.body}`);
      then();
    });
  }

  /** Reads all its items, page by page. */
  walk(
    record: JobRecord,
    state: string | null,
    limit: number,
    then: (items: readonly ItemShown[]) => void = () => {},
  ): void {
    const asked = this.#works.world.now;
    const items: ItemShown[] = [];
    const page = (cursor: string | null): void => {
      const query = new URLSearchParams({
        limit: String(limit),
        ...(state === null ? {} : { state }),
        ...(cursor === null ? {} : { cursor }),
      });
      this.#call(
        { method: "GET", path: this.#pathOf(record, "/items"), query: query.toString() },
        ({ status, body }) => {
          if (status !== 200) return void this.odd.push(`items are answered ${status}: ${body}`);
          const { items: more, next_cursor: next } = pageSchema.parse(JSON.parse(body));
          items.push(...more);
          if (next !== null) return page(next);
          record.walks.push({ asked, at: this.#works.world.now, state, items });
          then(items);
        },
      );
    };
    page(null);
  }

  report(record: JobRecord, format: "csv" | "jsonl", then: () => void = () => {}): void {
    const query = new URLSearchParams({ format }).toString();
    this.#call(
      { method: "GET", path: this.#pathOf(record, "/report"), query },
      ({ status, body, headers }) => {
        if (status !== 200) this.odd.push(`a report is answered ${status}: ${body}`);
        const given = new Map(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
        );
        const isFinal = given.get("report-state") === "final";
        record.reports.push({ format, isFinal, text: body, digest: given.get("repr-digest") ?? "" });
        then();
      },
    );
  }
}
