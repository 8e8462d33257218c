import type { JsonObject } from "../../lib/operation/json.ts";
import type { HttpRequest } from "../../lib/ports/http-client.ts";
import type { Phase } from "../../lib/operation/observation.ts";
import type { Provider } from "../../lib/ports/provider.ts";
import { dialects } from "../../lib/providers/registry.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { handle, newMarker } from "./contract-room.ts";
import { openProvider, testSecret, type OpenedProvider } from "./open-provider.ts";

/** Input of a server that is made at once. */
export const draftInput = {
  name: "web",
  image: "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397",
  start: true,
};
/** An id that nothing has. */
export const noId = "11111111-1111-4111-8111-111111111111";
const running: Simulator[] = [];

/** A simulator of the draft, and a provider that speaks to it. */
interface DraftPlace extends OpenedProvider {
  readonly simulator: Simulator;
  /** A new server; the calls that it took are forgotten. */
  readonly made: (more?: JsonObject) => Promise<{ type: string; id: string }>;
  /** Routes of the calls since then. */
  readonly routes: () => string[];
}

export const draftPlace = async (settings: Record<string, string> = {}): Promise<DraftPlace> => {
  const simulator = await startSimulator({
    dialect: "scaleway-draft",
    secret: testSecret,
    speed: 1e6,
    settings,
  });
  running.push(simulator);
  const opened = openProvider("scaleway-draft", simulator.url);
  const { provider } = opened;
  return {
    ...opened,
    simulator,
    made: async (more = {}) => {
      const marker = newMarker();
      const input = { ...draftInput, ...more };
      await provider.send({ do: "create", kind: "server.create", input, marker });
      const [found] = await provider.search("server", marker);
      if (found === undefined) throw new Error("made, and not found by its marker");
      simulator.control.clearCalls();
      return found.resource;
    },
    routes: () => simulator.control.calls().map(({ route }) => route),
  };
};

/** Closes what a test has opened. */
export const closeDrafts = async (): Promise<void> => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()));
};

export const phasesOf = async (
  provider: Provider,
  ...ids: readonly string[]
): Promise<(Phase | undefined)[]> =>
  (await provider.look(ids.map((id) => handle({ type: "server", id })))).map((one) => one?.phase);

/** A provider whose requests go nowhere but into this list; all are answered with an empty list of servers. */
export const recordedDraft = (more: { readonly region?: string } = {}) => {
  const sent: HttpRequest[] = [];
  const { connection, budget, log, secrets } = openProvider("scaleway-draft", "http://127.0.0.1:1", more);
  const { api_url: _url, ...there } = connection;
  const http = {
    send: async (request: HttpRequest) => {
      sent.push(request);
      return { status: 200, headers: {}, body: '{"servers": []}' };
    },
  };
  const clock = { now: () => 0, sleep: async () => undefined };
  return { sent, provider: dialects["scaleway-draft"].open(there, { http, budget, secrets, log, clock }) };
};
