import type { Connection } from "../../connection.ts";
import { ProviderDoubt, ProviderRefusal, type Answer } from "../../ports/provider.ts";
import { patience, type Patience, type Transport } from "../transport.ts";
import { chosenAction, mayBeListedLater, roleOf } from "./action-words.ts";
import { yesIn } from "./thing-calls.ts";
import { actionsEnvelope } from "./wire.ts";

/** How long the list of actions may take: the intent that waits for it must not become old. */
const listTimeoutMilliseconds = 4000;

/** `GET` and `POST` of `/servers/{id}/action`. */
export class ActionCalls {
  readonly #transport: Transport;
  readonly #root: string;
  readonly #version: string;
  readonly #waits: Patience;

  constructor(transport: Transport, root: string, version: string, { rate_per_second: rate }: Connection) {
    this.#transport = transport;
    this.#root = root;
    this.#version = version;
    // As long as the flow waits for a place: at a very low ceiling one is seconds away.
    this.#waits = { milliseconds: Math.max(5000, 2000 / rate), urgency: "write" };
  }

  /**
   * Runs an action by its word, or by the one that comes to the same among those that the server lists. Two requests,
   * since the document has no words of its own: the first has the place that was reserved, the second waits for one.
   * @throws ProviderRefusal WRONG_STATE when the action is not listed now, PROVIDER_REFUSED when it never will be,
   * INVALID_INPUT for a word that means none of ours
   */
  async run(id: string, word: string): Promise<Answer> {
    const listed = await this.#listed(id);
    const action = chosenAction(listed, word);
    if (action === null) throw notListed(listed, word);
    const answer = await this.#transport.callForText({
      method: "POST",
      root: this.#root,
      path: [this.#version, "servers", id, "action"],
      json: { action },
      patience: this.#waits,
    });
    return yesIn(answer);
  }

  async #listed(id: string): Promise<readonly string[]> {
    try {
      const { value } = await this.#transport.call(
        {
          method: "GET",
          root: this.#root,
          path: [this.#version, "servers", id, "action"],
          patience: patience.reserved,
          timeoutMilliseconds: listTimeoutMilliseconds,
        },
        actionsEnvelope,
      );
      return value.actions;
    } catch (error) {
      if (!(error instanceof ProviderDoubt)) throw error;
      // Nothing but a question was sent, so nothing has happened.
      const message = `The server's actions could not be read: ${error.message}`;
      throw new ProviderRefusal("UNAVAILABLE", message, error.provider, { cause: error });
    }
  }
}

const notListed = (listed: readonly string[], word: string): ProviderRefusal => {
  const offered = listed.length === 0 ? "none" : listed.join(", ").slice(0, 300);
  // The answer with the list: the action itself was never sent.
  const detail = { status: 200, param: "action" };
  if (roleOf(word) === null) {
    const why = `The server has no action ${word}, so nothing was sent; its actions are ${offered} (read servers/{id}/action).`;
    return new ProviderRefusal("INVALID_INPUT", why, detail);
  }
  return new ProviderRefusal(
    mayBeListedLater(listed, word) ? "WRONG_STATE" : "PROVIDER_REFUSED",
    `The server lists no action that means ${word}; it lists ${offered}.`,
    detail,
  );
};
