import { afterEach } from "vitest";
import type { HttpAnswer, HttpClient, HttpRequest } from "../../lib/ports/http-client.ts";
import type { ReadAnswer } from "../../lib/ports/provider.ts";
import { startV1, type V1Talk } from "../simulators/v1-talk.ts";
import { itemsOf } from "./contract-room.ts";
import { openProvider, testNow, testSecret } from "./open-provider.ts";

/** A simulator whose clock stands where the adapters' does, and a provider that speaks to it. */
export const startPlace = async (settings: Record<string, string> = {}) => {
  let now = testNow;
  const clock = { now: () => now };
  const talk: V1Talk = await startV1({ settings, clock, secret: testSecret });
  const { provider, budget } = openProvider("scaleway-v1", talk.url);
  const read = (
    path: string,
    more: { filters?: Record<string, string>; limit?: number; cursor?: string | null } = {},
  ): Promise<ReadAnswer> =>
    provider.read({ path: path.split("/"), filters: {}, limit: 100, cursor: null, ...more });
  return {
    control: talk.control,
    close: () => talk.close(),
    provider,
    budget,
    read,
    /** Moves the simulator's clock only. */
    advance: (seconds: number) => {
      now += seconds * 1000;
    },
    /** All items of a list, through our cursor. */
    all: async (path: string, limit: number) => {
      const ids: string[] = [];
      let cursor: string | null = null;
      do {
        const page = itemsOf(await read(path, { limit, cursor }));
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.next;
      } while (cursor !== null);
      return ids;
    },
  };
};
export type Place = Awaited<ReturnType<typeof startPlace>>;

/** Places that are closed after each test. */
export const usePlaces = () => {
  const open: Place[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((place) => place.close()));
  });
  return async (settings: Record<string, string> = {}): Promise<Place> => {
    const place = await startPlace(settings);
    open.push(place);
    return place;
  };
};

/** A client whose answers come when they are told to, and which remembers what left. */
export class HeldHttp implements HttpClient {
  readonly left: HttpRequest[] = [];
  readonly #answers: ((answer: HttpAnswer) => void)[] = [];

  send(request: HttpRequest): Promise<HttpAnswer> {
    this.left.push(request);
    return new Promise((answer) => this.#answers.push(answer));
  }

  /** Answers the oldest call that waits. */
  answer(headers: Record<string, string>): void {
    this.#answers.shift()?.({ status: 200, headers, body: "{}" });
  }
}
