import * as z from "zod";
import { operationViewSchema, type OperationView } from "../../lib/operation/view.ts";
import type { Chance } from "./chance.ts";
import type { Ending, Installation } from "./installation.ts";
import { apiKey } from "./simulated-secrets.ts";
import type { Wish } from "./wishes.ts";
import type { World } from "./world.ts";

const replySchema = z.object({ statusCode: z.number(), body: z.string() });
const viewOfBody = (body: string): OperationView => operationViewSchema.parse(JSON.parse(body));

/** An HTTP request as the gateway hands it on. */
export interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
}

const eventOf = ({ method, path, key, body }: Call) => ({
  rawPath: path,
  rawQueryString: "",
  headers: {
    authorization: `Bearer ${apiKey}`,
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  },
  requestContext: { requestId: "req-1", http: { method } },
  ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  isBase64Encoded: false,
});

const bodyOf = ({ kind, resource, input }: Wish) => ({
  connection: "paris",
  kind,
  ...(resource === null ? {} : { resource }),
  input,
});

/** Those who call the API: they ask again until they are answered, sometimes twice at once. */
export class Callers {
  readonly #installation: Installation;
  readonly #world: World;
  readonly #chance: Chance;
  /** Requests that have not been answered yet. */
  waiting = 0;

  constructor(installation: Installation) {
    this.#installation = installation;
    this.#world = installation.world;
    this.#chance = installation.world.chance.split("callers");
  }

  /** Asks until there is an answer below 500; `asking` is told of each time. */
  call(call: Call, answered: (status: number, body: string) => void, asking: () => void = () => {}): void {
    this.waiting += 1;
    const again = (): void => this.#world.after(this.#chance.between(500, 6000), attempt);
    const attempt = (): void => {
      asking();
      this.#installation.invoke("api", eventOf(call), (ending: Ending) => {
        const isLost = this.#world.faults.strikes("api reply lost", call.path);
        if ("fault" in ending || isLost) return again();
        const { statusCode, body } = replySchema.parse(ending.value);
        if (statusCode >= 500) return again();
        this.waiting -= 1;
        answered(statusCode, body);
      });
    };
    attempt();
  }

  /** Asks for a change; `then` is told the operation. */
  wish(wish: Wish, then: (operation: string) => void = () => {}): void {
    const body = bodyOf(wish);
    this.call({ method: "POST", path: "/v1/operations", key: wish.key, body }, (status, text) => {
      if (status !== 202) throw new Error(`A wish was answered ${status}: ${text}`);
      const { id } = viewOfBody(text);
      this.#accepted(wish, id);
      then(id);
    });
  }

  /** Asks by the queue, as other systems do: only the events tell what becomes of it. */
  wishByQueue(wish: Wish, operation: string): void {
    this.#installation.mailboxes.start.send(JSON.stringify({ ...bodyOf(wish), idempotency_key: wish.key }));
    this.#accepted(wish, operation);
  }

  cancel(operation: string): void {
    this.call({ method: "POST", path: `/v1/operations/${operation}/cancel` }, (status) => {
      if (status !== 202) return this.#world.sometimes("a cancel came too late");
      this.#world.sometimes("an operation was cancelled");
      this.#world.record({ what: "cancelled", operation });
    });
  }

  resolve(operation: string, as: "adopt" | "abandon" | "retry", server: string | null): void {
    const body = { as, ...(as === "adopt" && server !== null ? { resource_id: server } : {}) };
    const resolved = (status: number): void => {
      if (status === 202) this.#world.sometimes(`a person resolved: ${as}`);
    };
    // On record each time: the answer may be lost, the decision taken all the same, and then taken again.
    const asking = (): void => this.#world.record({ what: "resolved", operation, as });
    this.call({ method: "POST", path: `/v1/operations/${operation}/resolve`, body }, resolved, asking);
  }

  /** Puts on record how an operation stands. */
  show(operation: string): void {
    this.call({ method: "GET", path: `/v1/operations/${operation}` }, (status, body) => {
      if (status !== 200) throw new Error(`An accepted operation is answered ${status}: ${body}`);
      this.#world.record({ what: "shown", view: viewOfBody(body) });
    });
  }

  #accepted({ key, kind, resource, input }: Wish, operation: string): void {
    const server = resource?.type === "server" ? resource.id : null;
    const body = JSON.stringify({ kind, resource, input });
    this.#world.record({ what: "accepted", key, body, kind, operation, server });
  }
}
