import * as z from "zod";
import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { startTalk, type Answer } from "./talk.ts";

const fields = z.record(z.string(), z.unknown());

/** What an answer holds under a name. */
export const thing = (answer: Answer, name: string): z.infer<typeof fields> =>
  fields.parse(fields.parse(answer.body)[name]);

/** A simulator of `scaleway-v1`, and the calls that every test makes; paths are those below `/v1`. */
export const startV1 = async (options: Partial<SimulatorOptions> = {}) => {
  const talk = await startTalk({ dialect: "scaleway-v1", ...options });
  const v1 = (method: string, path: string, body?: unknown) => talk.root(method, `/v1${path}`, body);
  const create = (more: Record<string, unknown> = {}) => v1("POST", "/servers", { name: "web", ...more });
  const made = async (more: Record<string, unknown> = {}): Promise<string> =>
    z.string().parse(thing(await create(more), "server").id);
  const list = async (path: string, name: string) =>
    z.array(fields).parse(fields.parse((await v1("GET", path)).body)[name]);
  return {
    ...talk,
    root: (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
      talk.call(method, path, body, headers),
    v1,
    create,
    made,
    list,
    /** A new thing's id. */
    madeThing: async (path: string, name: string, body: unknown): Promise<string> =>
      z.string().parse(thing(await v1("POST", path, body), name).id),
    madeVolume: async (): Promise<string> =>
      z
        .string()
        .parse(thing(await v1("POST", "/volumes", { size: 20_000_000_000, type: "l_hdd" }), "volume").id),
    madeRunning: async (more: Record<string, unknown> = {}): Promise<string> => {
      const id = await made(more);
      await v1("POST", `/servers/${id}/action`, { action: "poweron" });
      talk.settle();
      return id;
    },
    server: async (id: string) => thing(await v1("GET", `/servers/${id}`), "server"),
    /** The names on the first page of a collection. */
    names: async (collection: string, query = "") =>
      (await list(`/${collection}${query}`, collection)).map(({ name }) => name),
  };
};

export type V1Talk = Awaited<ReturnType<typeof startV1>>;
