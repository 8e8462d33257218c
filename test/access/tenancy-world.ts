import * as z from "zod";
import type { SwitchyardEvent } from "../../events/event.ts";
import type { Scope } from "../../lib/access/caller.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import { newDelivery } from "../../lib/webhook/new-delivery.ts";
import { virtualStart } from "../memory/virtual-clock.ts";
import { anOperation } from "../operations.ts";
import { openAccess, type AccessWorld } from "./access-world.ts";
import type { Ids } from "./sample-requests.ts";

const eventAbout = (operation: string, connection: string): SwitchyardEvent => ({
  specversion: "1.0",
  id: `evt_${operation}_1`,
  source: "/switchyard",
  type: "switchyard.operation.accepted",
  subject: operation,
  time: "2026-11-02T08:00:00.000Z",
  sequence: 1,
  data: { id: operation, connection },
});

const withId = z.looseObject({ id: z.string() });

/** Everything that a client with one connection may have, and the key that it was made with. */
const tenant = async (world: AccessWorld, client: string, connection: string) => {
  const { id: key, key: text } = await world.makeKey({
    name: client,
    scopes: ["admin"],
    connections: [connection],
    requests_per_minute: 60_000,
  });
  const operation = operationIdOf("test", client);
  await world.operations.create(
    anOperation({ id: operation, connection, event_count: 1, state: "needs_attention" }),
  );
  const event = eventAbout(operation, connection);
  await world.feed.append([event]);
  const made = async (method: string, path: string, body: object): Promise<unknown> => {
    const headers = { "idempotency-key": client };
    const answered = await world.call({ method, path, body, headers, key: text });
    if (answered.status >= 300) throw new Error(answered.text);
    return answered.body;
  };
  const endpoint = withId.parse(
    await made("POST", "/v1/endpoints", { url: `https://${client}.example/hook`, connections: [connection] }),
  ).id;
  await made("POST", `/v1/endpoints/${endpoint}/conformance`, {});
  const hook = `${client}.hook`;
  await made("PUT", `/v1/hooks/${hook}`, { verify: { scheme: "standard", secret: "env:S" }, rules: [] });
  const bulkJob = withId.parse(
    await made("POST", "/v1/bulk-jobs", {
      connection,
      kind: "server.create",
      items: [{ name: client, type: "DEV1-S" }],
    }),
  ).id;
  const schedule = `${client}.office`;
  await made("PUT", `/v1/schedules/${schedule}`, {
    connection,
    select: { tags: ["dev"] },
    periods: [{ days: ["mon"], from: "08:00", to: "19:00" }],
    timezone: "Europe/Paris",
    mode: "stop-only",
  });
  const exception = { state: "on", until: "2026-11-02T12:00:00Z", reason: "a release" };
  const override = withId.parse(await made("POST", `/v1/schedules/${schedule}/overrides`, exception)).id;
  const delivery = newDelivery(event, endpoint, virtualStart);
  await world.deliveries.create(delivery);
  const ids: Ids = {
    operation,
    connection,
    key,
    endpoint,
    delivery: delivery.id,
    hook,
    bulkJob,
    schedule,
    override,
    event: event.id,
    subject: operation,
  };
  return { ids, text };
};

const noOperation = operationIdOf("test", "nobody");
/** What nobody has. */
const unknown: Ids = {
  operation: noOperation,
  connection: "nowhere",
  key: "key_000000000000",
  endpoint: `ep_${"0".repeat(26)}`,
  delivery: `dlv_${"0".repeat(32)}`,
  hook: "nobodys.hook",
  bulkJob: `blk_${"0".repeat(26)}`,
  schedule: "nobodys.office",
  override: "ovr_00000000000000000000",
  event: `evt_${noOperation}_1`,
  subject: noOperation,
};

/** Two clients who must not know of each other, `ci` in paris and `far` in berlin, and what belongs to whom. */
export const openTenancy = async () => {
  const world = openAccess();
  world.secrets.values.set("env:SIGNING_KEY", "s".repeat(43));
  const own = await tenant(world, "ci", "paris");
  const foreign = await tenant(world, "far", "berlin");
  /** A key for the first client's connection, with these scopes, that was used today. */
  const limitedKey = async (scopes: readonly Scope[]): Promise<string> => {
    const connections = ["paris"];
    const { key } = await world.makeKey({ name: `ci.${scopes.join("-")}`, scopes, connections });
    await world.call({ path: "/v1/connections", key });
    world.effects.length = 0;
    return key;
  };
  return { ...world, own: own.ids, ownKey: own.text, foreign: foreign.ids, unknown, limitedKey };
};
