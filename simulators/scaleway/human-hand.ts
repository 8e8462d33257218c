import type { HumanEdit, ServerGlance } from "../dialect.ts";
import type { World } from "../world.ts";
import type { Lifecycle } from "./lifecycle.ts";
import { restStates, type Holdings, type RestState } from "./records.ts";

const toRestState = (text: string): RestState => {
  const state = restStates.find((each) => each === text);
  if (state === undefined) {
    throw new Error(`A server can be put into one of ${restStates.join(", ")}, not ${JSON.stringify(text)}`);
  }
  return state;
};

/** What a human does in the provider's console, behind the back of every client of its API. */
export const humanHand = (parts: { world: World; holdings: Holdings; lifecycle: Lifecycle }) => {
  const { world, holdings, lifecycle } = parts;
  return {
    servers: (): ServerGlance[] =>
      holdings.servers.values().map((record) => ({
        id: record.id,
        name: record.name,
        state: lifecycle.shown(record, world.clock.now()).state,
        tags: record.tags,
        record,
      })),
    removeServer(id: string): boolean {
      const server = holdings.servers.get(id);
      if (server === undefined) {
        return false;
      }
      lifecycle.remove(server, true);
      return true;
    },
    editServer(id: string, edit: HumanEdit): boolean {
      const server = holdings.servers.get(id);
      if (server === undefined) {
        return false;
      }
      const state = edit.state === undefined ? undefined : toRestState(edit.state);
      const changed = lifecycle.change(server, {
        name: edit.name ?? server.name,
        tags: edit.tags ?? server.tags,
      });
      if (state !== undefined) {
        lifecycle.force(changed, state);
      }
      return true;
    },
  };
};
