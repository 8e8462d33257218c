import type { JsonObject } from "../../lib/operation/json.ts";
import { resourceTypeOf } from "../../lib/operation/kind.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import { ProviderDoubt, type Answer, type ProviderCall } from "../../lib/ports/provider.ts";
import { byOf } from "./asked-by.ts";
import { refusal } from "./held.ts";
import { partIn } from "./shelf.ts";
import type { Site } from "./site.ts";

const yes: Answer = { resource: null, task: null, observation: null, requestId: null };
type Create = Extract<ProviderCall, { do: "create" }>;
type Apply = Extract<ProviderCall, { do: "apply" }>;

const textIn = (input: JsonObject, field: string): string => {
  const value = input[field];
  return typeof value === "string" ? value : "";
};

const createServer = ({ cloud, builds, personality }: Site, call: Create): Answer => {
  const { isPanel, saysId, dialect } = personality;
  const isBuilt = isPanel && call.input["type"] !== "existing";
  const state = isBuilt ? "waiting" : isPanel ? "running" : "stopped";
  const server = cloud.create(call.marker, byOf(call) ?? "", textIn(call.input, "name"), state);
  // A machine that was there already runs from the beginning.
  if (state === "running") cloud.set(server, "running");
  if (isBuilt) builds.begin(server);
  if (!saysId) return yes;
  const seen = cloud.present(server);
  const observation = dialect.name === "convoy-v0" ? { ...seen, phase: "unknown" as const } : seen;
  return { ...yes, resource: { type: "server", id: server.id }, observation };
};

const createThing = ({ shelf, world, chance }: Site, call: Create): Answer => {
  const type = resourceTypeOf(call.kind);
  const name = typeof call.input["name"] === "string" ? call.input["name"] : null;
  const lag = world.faults.strikes("list late", type) ? chance.pick([1000, 5000, 15_000, 19_900]) : 0;
  const thing = shelf.make(type, byOf(call) ?? "", name, call.marker, lag);
  return { ...yes, resource: thing.resource, observation: shelf.present(thing) };
};

const power = ({ cloud, builds, tasks, personality }: Site, id: string, to: "on" | "off"): Answer => {
  if (personality.isPanel) {
    builds.suspend(id, to);
    return yes;
  }
  cloud.power(id, to);
  return personality.hasTasks ? { ...yes, task: tasks.begin(id) } : yes;
};

const act = ({ cloud, tasks, personality, world }: Site, id: string, action: string): Answer => {
  const { name } = personality.dialect;
  if (name === "scaleway-draft" || name === "scaleway-v1") {
    if (action === "reboot" && personality.showsReboot) {
      cloud.act(id, action);
      return yes;
    }
    // Nothing of it can be seen.
    if (cloud.server(id).state !== "running") throw refusal("WRONG_STATE");
    if (action === "reboot") world.record({ what: "rebooted", server: id });
    return yes;
  }
  cloud.act(id, action);
  return personality.hasTasks ? { ...yes, task: tasks.begin(id) } : yes;
};

const remove = ({ cloud, builds, shelf, personality }: Site, { type, id }: Resource): Answer => {
  if (type === "ip") cloud.deleteAddress(id);
  else if (type === "volume") cloud.deleteVolume(id);
  else if (type !== "server") shelf.remove(id);
  else if (personality.dialect.name === "convoy-v4") builds.deleteLater(id);
  else if (!personality.isPanel) cloud.delete(id);
  else if (!builds.deleteAtOnce(id)) throw new ProviderDoubt("500 while it is being built", { status: 500 });
  return yes;
};

const update = ({ cloud, shelf, personality }: Site, { type, id }: Resource, input: JsonObject): Answer => {
  if (type !== "server") shelf.rename(id, textIn(input, "name"));
  else if (personality.canUpdate) cloud.change(id);
  else throw refusal("PROVIDER_REFUSED");
  return yes;
};

/** Takes along the addresses that were made for a server that is gone. */
const removeAddresses = ({ cloud }: Site, id: string): Answer => {
  for (const [key, { home }] of cloud.addresses) if (home === id) cloud.deleteAddress(key);
  return yes;
};

const apply = (site: Site, call: Apply): Answer => {
  const { cloud, shelf, world, applied } = site;
  const { kind, resource, input } = call;
  if (kind === "server.delete") return removeAddresses(site, resource.id);
  const part = partIn(input);
  const by = byOf(call);
  const asked = `${kind} ${resource.id} ${part ?? ""} ${by ?? ""}`;
  if (applied.has(asked)) world.sometimes("an apply was repeated");
  const server = resource.type === "server" ? cloud.server(resource.id) : null;
  if (server?.state === "deleting" || server?.state === "deletion failed") throw refusal("WRONG_STATE");
  const wasApplied = applied.has(asked);
  if (part === null && server === null) shelf.thing(resource.id);
  else if (part !== null && !shelf.changePart(kind, resource, input)) {
    world.sometimes(
      wasApplied ? "an apply found what it had made before" : "an apply found what somebody else had made",
    );
    throw refusal("ALREADY_EXISTS");
  }
  applied.add(asked);
  world.record({
    what: "applied",
    kind,
    resource: resource.id,
    part,
    by,
    isBuilt: server?.state !== "waiting" && server?.state !== "installing",
  });
  return yes;
};

/** What a call does at the provider. @throws ProviderRefusal, ProviderDoubt */
export const carryOut = (site: Site, call: ProviderCall): Answer => {
  switch (call.do) {
    case "create":
      return call.kind === "server.create" ? createServer(site, call) : createThing(site, call);
    case "power":
      return power(site, call.resource.id, call.to);
    case "act":
      return act(site, call.resource.id, call.action);
    case "delete":
      return remove(site, call.resource);
    case "delete_volume":
      site.cloud.deleteVolume(call.volume.id);
      return yes;
    case "configure":
      site.cloud.server(call.resource.id);
      return yes;
    case "update":
      return update(site, call.resource, call.input);
    case "apply":
      return apply(site, call);
  }
};
