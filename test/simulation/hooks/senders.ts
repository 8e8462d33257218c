import { createHmac } from "node:crypto";
import * as z from "zod";
import { apiKey } from "../simulated-secrets.ts";
import type { Chance } from "../chance.ts";
import type { People } from "./people.ts";
import type { Yard } from "./yard.ts";

const replySchema = z.object({ statusCode: z.number(), body: z.string() });
const receptionSchema = z.looseObject({ operations: z.array(z.string()) });

/** What came of one webhook: all of its copies together. */
export interface Sent {
  readonly id: string;
  /** Operations that its rule starts. */
  readonly wanted: number;
  /** Operations in its answers. */
  readonly operations: Set<string>;
  /** Operations that were told in an answer and had no row then. */
  readonly missing: string[];
  answered: boolean;
  held: boolean;
}

/** The rules of the one hook: one operation, two, and one that may act once in a while only. */
const rules = [
  {
    name: "stop",
    when: { "/do": "stop" },
    operation: { connection: "paris", kind: "server.stop", resource: { type: "server", id: "{{/server}}" } },
  },
  {
    name: "both",
    when: { "/do": "both" },
    operation: [
      { connection: "paris", kind: "server.stop", resource: { type: "server", id: "{{/server}}" } },
      { connection: "lyon", kind: "server.stop", resource: { type: "server", id: "{{/server}}" } },
    ],
  },
  {
    name: "seldom",
    when: { "/do": "seldom" },
    cooldown_seconds: 30,
    operation: { connection: "paris", kind: "server.stop", resource: { type: "server", id: "{{/server}}" } },
  },
] as const;

/** Other people's systems that send us webhooks, again and again until they are taken. */
export class Senders {
  readonly #yard: Yard;
  readonly #people: People;
  readonly #chance: Chance;
  readonly sent: Sent[] = [];
  waiting = 0;

  constructor(yard: Yard, people: People) {
    this.#yard = yard;
    this.#people = people;
    this.#chance = yard.world.chance.split("senders");
  }

  /** Puts the hook. */
  begin(then: () => void): void {
    const body = { verify: { scheme: "github", secret: "env:HOOK" }, rules };
    this.#people.call({ method: "PUT", path: "/v1/hooks/shop", body }, (status, text) => {
      if (status > 201) throw new Error(`A hook is answered ${status}: ${text}`);
      then();
    });
  }

  send(): void {
    const { world } = this.#yard;
    const what = this.#chance.pick(["stop", "stop", "both", "seldom", "nothing"] as const);
    const wanted = what === "nothing" ? 0 : what === "both" ? 2 : 1;
    const id = `shop-${this.sent.length + 1}`;
    const sent: Sent = { id, wanted, operations: new Set(), missing: [], answered: false, held: false };
    this.sent.push(sent);
    const body = JSON.stringify({
      do: what,
      server: `11111111-0000-4000-8000-00000000000${this.#chance.between(0, 9)}`,
    });
    this.#deliver(sent, body);
    if (!this.#chance.happens(0.5)) return;
    world.sometimes("a webhook came twice at once");
    world.after(this.#chance.between(0, 60), () => this.#deliver(sent, body));
  }

  #deliver(sent: Sent, body: string): void {
    const { world, hearing, table } = this.#yard;
    const signature = createHmac("sha256", apiKey).update(body).digest("hex");
    const event = {
      rawPath: "/hooks/shop",
      headers: {
        "content-type": "application/json",
        "x-github-delivery": sent.id,
        "x-hub-signature-256": `sha256=${signature}`,
      },
      requestContext: { requestId: "req-2", http: { method: "POST" } },
      body,
    };
    this.waiting += 1;
    const again = (): void => world.after(this.#chance.between(500, 9000), attempt);
    const attempt = (): void =>
      this.#yard.invoke("receive", event, (ending) => {
        const isLost = world.faults.strikes("api reply lost", "hook");
        if ("fault" in ending) {
          world.sometimes("a hook's function died and its sender came again");
          return again();
        }
        const { statusCode, body: text } = replySchema.parse(ending.value);
        hearing.answer(text);
        if (statusCode >= 500 || statusCode === 429) return again();
        if (statusCode >= 300) throw new Error(`A webhook is answered ${statusCode}: ${text}`);
        const { operations } = receptionSchema.parse(JSON.parse(text));
        for (const operation of operations) {
          sent.operations.add(operation);
          if (table.read(operation) === null) sent.missing.push(operation);
        }
        if (text.includes('"held"')) sent.held = true;
        if (isLost) return again();
        sent.answered = true;
        this.waiting -= 1;
      });
    attempt();
  }
}
