import type { JsonObject } from "../../operation/json.ts";
import { ProviderDoubt, ProviderRefusal, type Answer } from "../../ports/provider.ts";
import { patience, type Patience, type Transport, type WireCall } from "../transport.ts";
import { readWholeList } from "../whole-list.ts";
import { sameThing } from "../same-thing.ts";
import { BareRefusal, isBareAbsence, meantAs } from "./refusal.ts";
import { replacementOf } from "./translate.ts";
import { saysYes, serverEnvelope, serverListEnvelope, serverSchema, type DraftServer } from "./wire.ts";

/** All servers of the account, and how many entries of the list could not be read. */
export interface ServerList {
  readonly servers: readonly DraftServer[];
  readonly unreadable: number;
}

/** A server with the id of the exchange that showed it. */
interface Shown {
  readonly server: DraftServer;
  readonly requestId: string | null;
}

/** For a second look at what a refusal means: the caller has an answer in hand and should not be kept from it. */
const short: Patience = { milliseconds: 2000, urgency: "write" };
const shortTimeoutMilliseconds = 4000;

const gone = (error: BareRefusal): ProviderRefusal => meantAs(error, "RESOURCE_NOT_FOUND");

/** The calls of the document. Every change is answered with an object that says nothing. */
export class DraftServerCalls {
  readonly #transport: Transport;
  readonly #root: string;

  constructor(transport: Transport, root: string) {
    this.#transport = transport;
    this.#root = root;
  }

  /** POST /servers; the marker is in the body. The answer does not say what was made. */
  create(body: JsonObject): Promise<Answer> {
    return this.#change({ method: "POST", path: ["servers"], json: body, patience: null }).catch((error) => {
      throw error instanceof BareRefusal && !isBareAbsence(error) ? meantAs(error, "INVALID_INPUT") : error;
    });
  }

  /** POST /servers/{id}/action. */
  act(id: string, action: string): Promise<Answer> {
    const path = ["servers", id, "action"];
    return this.#onServer(id, () => this.#change({ method: "POST", path, json: { action }, patience: null }));
  }

  delete(id: string): Promise<Answer> {
    const path = ["servers", id];
    return this.#onServer(id, () => this.#change({ method: "DELETE", path, patience: null }));
  }

  /**
   * PUT of the whole object. It is read for this change and for no other, after the wait for the budget and right before
   * it is written: what somebody else changes in between is lost, and there is no way to make that impossible here.
   */
  update(id: string, changes: JsonObject): Promise<Answer> {
    return this.#onServer(id, async () => {
      const { server } = await this.get(id, patience.change);
      const json = replacementOf(server, changes);
      return this.#change({ method: "PUT", path: ["servers", id], json, patience: patience.reserved });
    });
  }

  async get(id: string, wait: Patience | null): Promise<Shown> {
    const call = { method: "GET", root: this.#root, path: ["servers", id], patience: wait } as const;
    const { value, requestId } = await this.#transport.call(call, serverEnvelope);
    return { server: sameThing(id, value.server, requestId), requestId };
  }

  /**
   * One server, or null when it does not exist. A 404 without words counts when the list does not show it either, since
   * a wrong address answers the same.
   * @throws ProviderRefusal, ProviderDoubt
   */
  async find(id: string): Promise<Shown | null> {
    try {
      return await this.get(id, patience.look);
    } catch (error) {
      if (!isBareAbsence(error)) throw error;
      const { servers, unreadable } = await this.list(patience.look);
      const server = servers.find((one) => one.id === id);
      if (server === undefined && unreadable > 0) throw unreadableList();
      return server === undefined ? null : { server, requestId: null };
    }
  }

  async list(wait: Patience, timeoutMilliseconds?: number): Promise<ServerList> {
    const base = { method: "GET", root: this.#root, path: ["servers"], patience: wait } as const;
    const timeout = timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds };
    const entries = await readWholeList(
      async (query) => {
        const call = { ...base, ...timeout, query };
        const { value, total, hasNext } = await this.#transport.call(call, serverListEnvelope);
        return { items: value.servers, total, hasNext };
      },
      (entry) => serverSchema.safeParse(entry).data?.id ?? JSON.stringify(entry),
    );
    const servers = entries.flatMap((entry) => {
      const server = serverSchema.safeParse(entry);
      return server.success ? [server.data] : [];
    });
    return { servers, unreadable: entries.length - servers.length };
  }

  /** As `list`, for searches: a server that can't be read might be the one that is looked for. */
  async listOrDoubt(): Promise<readonly DraftServer[]> {
    const { servers, unreadable } = await this.list(patience.look);
    if (unreadable > 0) throw unreadableList();
    return servers;
  }

  async #change(call: Omit<WireCall, "root">): Promise<Answer> {
    const { value, requestId } = await this.#transport.callForText({ ...call, root: this.#root });
    if (saysYes(value)) return { resource: null, task: null, observation: null, requestId };
    throw new ProviderDoubt("The provider answered with a body that says neither yes nor no.", {
      status: 200,
      ...(requestId === null ? {} : { request_id: requestId }),
    });
  }

  /** Gives a refusal without words its meaning for a change of this server. */
  async #onServer(id: string, change: () => Promise<Answer>): Promise<Answer> {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof BareRefusal)) throw error;
      // 400 is what the API that followed says to a change that the server's state does not allow.
      throw isBareAbsence(error) ? await this.#absence(id, error) : meantAs(error, "WRONG_STATE");
    }
  }

  /** What a bare 404 in answer to a change means. Nothing has happened in any case: it is a refusal whatever the list says. */
  async #absence(id: string, error: BareRefusal): Promise<ProviderRefusal> {
    try {
      const { servers, unreadable } = await this.list(short, shortTimeoutMilliseconds);
      const isThere = unreadable > 0 || servers.some((server) => server.id === id);
      return isThere ? error : gone(error);
    } catch (cause) {
      const isKnown = cause instanceof ProviderRefusal || cause instanceof ProviderDoubt;
      if (!isKnown) throw cause;
      if (isBareAbsence(cause)) return error;
      const message = `${error.message} Whether it exists could not be found out (${cause.message}).`;
      return new ProviderRefusal("UNAVAILABLE", message, error.provider, { cause });
    }
  }
}

const unreadableList = (): ProviderDoubt =>
  new ProviderDoubt("The list holds a server that can't be read.", { status: 200 });
