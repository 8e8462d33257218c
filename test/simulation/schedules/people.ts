import { overrideViewSchema, type Override } from "../../../lib/schedule/override.ts";
import type { OperationView } from "../../../lib/operation/view.ts";
import type { Chance } from "../chance.ts";
import type { Asked } from "./asks.ts";
import {
  replySchema,
  wokenSchema,
  snoozedSchema,
  pageSchema,
  eventOf,
  passes,
  iso,
  calendarIn,
  scheduleIn,
  overrideIn,
  type Call,
  type Answered,
} from "./calls.ts";
import type { Ledger } from "./ledger.ts";
import type { Ending, Plant } from "./plant.ts";

/** Those who change schedules, one thing after the other, and ask until they are answered. */
export class People {
  readonly #plant: Plant;
  readonly #ledger: Ledger;
  readonly #chance: Chance;
  /** Requests that have not been answered. */
  waiting = 0;
  #keys = 0;
  #queue: (() => void)[] = [];
  #isBusy = false;

  constructor(plant: Plant, ledger: Ledger) {
    this.#plant = plant;
    this.#ledger = ledger;
    this.#chance = plant.world.chance.split("people");
  }

  get nextKey(): string {
    this.#keys += 1;
    return `key-${this.#keys}`;
  }

  #call(call: Call, then: (answer: Answered) => void): void {
    const { world } = this.#plant;
    this.waiting += 1;
    const asked = world.now;
    const again = (): void => world.after(this.#chance.between(500, 6000), attempt);
    const attempt = (): void =>
      this.#plant.invoke(call.to ?? "schedules", eventOf(call), (ending: Ending) => {
        const isLost = world.faults.strikes("api reply lost", call.path.split("/").slice(0, 3).join("/"));
        if ("fault" in ending) return again();
        const { statusCode: status, body: text } = replySchema.parse(ending.value);
        if (isLost || passes(status, text)) return again();
        this.waiting -= 1;
        world.say(
          () =>
            `${call.method} ${call.path.slice(0, 60)} ${JSON.stringify(call.body ?? null)} is answered ${status}`,
        );
        then({ status, text, asked, answered: world.now });
      });
    attempt();
  }

  /** Changes of what decides are made one after the other, so that the order in which they were made is known. */
  #change(call: Call, then: (answer: Answered) => void): void {
    this.waiting += 1;
    const begin = (): void => {
      this.#isBusy = true;
      this.waiting -= 1;
      this.#call(call, (answer) => {
        this.#isBusy = false;
        then(answer);
        this.#queue.shift()?.();
      });
    };
    if (this.#isBusy) this.#queue.push(begin);
    else begin();
  }

  #odd(what: string, { status, text }: Answered): void {
    this.#ledger.odd.push(`${what} is answered ${status}: ${text.slice(0, 300)}`);
  }

  putSchedule(name: string, body: Asked, then: () => void = () => {}): void {
    this.#change({ method: "PUT", path: `/v1/schedules/${name}`, body }, (answer) => {
      if (answer.status > 201) return this.#odd("a schedule", answer);
      const schedule = scheduleIn(answer.text);
      this.#ledger.change({ ...answer, what: "schedule", schedule: name }, (inputs) => ({
        ...inputs,
        schedules: [...inputs.schedules.filter((one) => one.name !== name), schedule],
      }));
      then();
    });
  }

  putCalendar(name: string, dates: readonly unknown[], then: () => void = () => {}): void {
    this.#change({ method: "PUT", path: `/v1/calendars/${name}`, body: { dates } }, (answer) => {
      if (answer.status > 201) return this.#odd("a calendar", answer);
      const calendar = calendarIn(answer.text);
      this.#ledger.change({ ...answer, what: "calendar", schedule: null }, (inputs) => ({
        ...inputs,
        calendars: [...inputs.calendars.filter((one) => one.name !== name), calendar],
      }));
      then();
    });
  }

  override(schedule: string, body: Asked, then: (override: Override) => void): void {
    const key = this.nextKey;
    const call = { method: "POST", path: `/v1/schedules/${schedule}/overrides`, key, body } as const;
    this.#change(call, (answer) => {
      // What was to end soon may be over when it is asked for again.
      if (answer.status === 422 && /has passed|does not select/.test(answer.text)) return;
      if (answer.status !== 201) return this.#odd("an override", answer);
      const made = overrideIn(overrideViewSchema.parse(JSON.parse(answer.text)), schedule);
      this.#ledger.override({ ...answer, what: "override", schedule }, made);
      then(made);
    });
  }

  extend({ id, schedule }: Override, until: number): void {
    const key = this.nextKey;
    const path = `/v1/schedules/${schedule ?? ""}/overrides/${id}`;
    this.#change({ method: "PATCH", path, key, body: { until: iso(until) } }, (answer) => {
      if (answer.status === 422) return;
      if (answer.status !== 200) return this.#odd("a longer override", answer);
      const next = overrideIn(overrideViewSchema.parse(JSON.parse(answer.text)), schedule ?? "");
      this.#ledger.override({ ...answer, what: "extended", schedule }, next);
      this.#plant.world.sometimes("an override was extended");
    });
  }

  cancel({ id, schedule }: Override): void {
    this.#change({ method: "DELETE", path: `/v1/schedules/${schedule ?? ""}/overrides/${id}` }, (answer) => {
      if (answer.status !== 204) return this.#odd("a cancel", answer);
      this.#ledger.change({ ...answer, what: "cancelled", schedule, override: id }, (inputs) => ({
        ...inputs,
        overrides: inputs.overrides.map((one) =>
          one.id === id && Date.parse(one.until) > answer.asked
            ? { ...one, cancelled_at: one.cancelled_at ?? iso(answer.asked) }
            : one,
        ),
      }));
      this.#plant.world.sometimes("an override was cancelled");
    });
  }

  pause(schedule: string, then: () => void): void {
    this.#change({ method: "POST", path: `/v1/schedules/${schedule}/pause`, body: {} }, (answer) => {
      if (answer.status !== 202) return this.#odd("a pause", answer);
      const id = `pause-${this.#ledger.versions.length}`;
      const freeze = {
        id,
        schedule,
        from: iso(answer.asked),
        until: null,
        ended_at: null,
        reason: null,
        by: "people",
      };
      this.#ledger.change({ ...answer, what: "paused", schedule }, (inputs) => ({
        ...inputs,
        freezes: [...inputs.freezes, freeze],
      }));
      then();
    });
  }

  resume(schedule: string): void {
    this.#change({ method: "POST", path: `/v1/schedules/${schedule}/resume`, body: {} }, (answer) => {
      if (answer.status !== 202) return this.#odd("a resumption", answer);
      this.#ledger.change({ ...answer, what: "resumed", schedule }, (inputs) => ({
        ...inputs,
        freezes: inputs.freezes.map((one) =>
          one.schedule === schedule && one.ended_at === null ? { ...one, ended_at: iso(answer.asked) } : one,
        ),
      }));
      this.#plant.world.sometimes("a schedule was resumed");
    });
  }

  /** Several ask at the same time for the same servers. */
  wake(
    schedule: string,
    body: { readonly lease: string; readonly servers?: readonly string[] },
    callers: number,
  ): void {
    for (let caller = 0; caller < callers; caller += 1) {
      const key = this.nextKey;
      this.#call({ method: "POST", path: `/v1/schedules/${schedule}/wake`, key, body }, (answer) => {
        if (answer.status === 409) return;
        // A server may be gone by the time.
        if (answer.status === 422 && answer.text.includes("does not select")) return;
        if (answer.status !== 202) return this.#odd("a wake", answer);
        const shown = overrideIn(wokenSchema.parse(JSON.parse(answer.text)).override, schedule);
        const { asked, answered } = answer;
        // Whoever has asked at the same time may have made it last longer, and was answered first.
        const known = this.#ledger.inputs.overrides.find(({ id }) => id === shown.id);
        const made = known !== undefined && known.until > shown.until ? known : shown;
        // Whoever has woken them before has been followed by another one, where servers were found off.
        const before = this.#ledger.wakes.filter(
          (one) => one.schedule === schedule && one.override !== made.id,
        );
        this.#ledger.change({ asked, answered, what: "woken", schedule }, (inputs) => ({
          ...inputs,
          overrides: [
            ...inputs.overrides
              .filter(({ id }) => id !== made.id)
              .map((one) =>
                before.some(({ override }) => override === one.id) &&
                JSON.stringify(one.servers) === JSON.stringify(made.servers)
                  ? Object.assign({}, one, { cancelled_at: one.cancelled_at ?? iso(asked) })
                  : one,
              ),
            made,
          ],
        }));
        const { id: override, servers, until } = shown;
        this.#ledger.wakes.push({ schedule, override, servers, until, asked, answered });
        this.#plant.world.sometimes("servers were woken");
      });
    }
  }

  /** Clicks on the link of a notice. */
  snooze(schedule: string, stopAt: number, path: string): void {
    this.#call({ method: "POST", path }, (answer) => {
      const { status, asked, answered } = answer;
      if (![200, 404, 409, 410].includes(status)) return this.#odd("a snooze", answer);
      this.#ledger.clicks.push({ schedule, stopAt, status, asked, answered });
      this.#plant.world.sometimes(`a snooze was answered ${status}`);
      const isOurs = status === 200 || answer.text.includes("SNOOZE_USED");
      if (!isOurs || this.#ledger.inputs.overrides.some(({ id }) => id === `snooze-${schedule}-${stopAt}`))
        return;
      const until =
        status === 200 ? snoozedSchema.parse(JSON.parse(answer.text)).until : iso(stopAt + 7_200_000);
      const override = {
        id: `snooze-${schedule}-${stopAt}`,
        state: "on",
        from: iso(asked),
        until,
        servers: null,
      } as const;
      const made = overrideIn({ ...override, reason: "snoozed", created_at: iso(asked) }, schedule);
      this.#ledger.override({ asked, answered, what: "snoozed", schedule }, made);
    });
  }

  confirm(schedule: string, id: string): void {
    const call = {
      method: "POST",
      path: `/v1/schedules/${schedule}/confirm`,
      body: { confirm_id: id },
    } as const;
    this.#call(call, (answer) => {
      const { status, asked, answered } = answer;
      if (status !== 200 && status !== 409) return this.#odd("a confirmation", answer);
      this.#ledger.confirmed.push({ schedule, id, asked, answered, status });
      this.#plant.world.sometimes(`a confirmation was answered ${status}`);
    });
  }

  /** Starts or stops a server by an operation of their own. */
  operate(server: string, to: "on" | "off"): void {
    const kind = to === "on" ? "server.start" : "server.stop";
    const body = { connection: "paris", kind, resource: { type: "server", id: server }, input: {} };
    const at = this.#plant.world.now;
    this.#call({ to: "api", method: "POST", path: "/v1/operations", key: this.nextKey, body }, (answer) => {
      if (answer.status !== 202) return this.#odd("an operation", answer);
      this.#ledger.hands.push({ at, server, to, how: "operation" });
      this.#plant.world.sometimes("somebody switched a server by an operation");
    });
  }

  /** All operations that there are. */
  operations(then: (views: readonly OperationView[]) => void): void {
    const found: OperationView[] = [];
    const page = (cursor: string | null): void => {
      const query = `limit=100${cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`}`;
      this.#call({ to: "api", method: "GET", path: "/v1/operations", query }, (answer) => {
        const { items, next_cursor: next } = pageSchema.parse(JSON.parse(answer.text));
        found.push(...items);
        if (next === null) then(found);
        else page(next);
      });
    };
    page(null);
  }
}
