import type { JsonObject } from "../../lib/operation/json.ts";
import type { Kind } from "../../lib/operation/kind.ts";
import type { Marker } from "../../lib/operation/marker.ts";
import type { Resource } from "../../lib/operation/operation.ts";
import type {
  Answer,
  Found,
  Handle,
  MarkedType,
  PlannedStep,
  Provider,
  ProviderCall,
  ReadAnswer,
  ReadRequest,
} from "../../lib/ports/provider.ts";

/** One question to a provider, as data: it can be asked again. */
export type Ask =
  | { readonly do: "send"; readonly call: ProviderCall }
  | { readonly do: "look"; readonly handles: readonly Handle[] }
  | { readonly do: "search"; readonly type: string; readonly marker: Marker }
  | { readonly do: "marked"; readonly type: MarkedType; readonly deployment: string }
  | { readonly do: "inspect"; readonly resource: Resource }
  | { readonly do: "read"; readonly request: ReadRequest };

/** Asks. @throws as the provider does */
export const perform = (provider: Provider, ask: Ask): Promise<unknown> => {
  switch (ask.do) {
    case "send":
      return provider.send(ask.call);
    case "look":
      return provider.look(ask.handles);
    case "search":
      return provider.search(ask.type, ask.marker);
    case "marked":
      return provider.marked(ask.type, ask.deployment);
    case "inspect":
      return provider.inspect(ask.resource);
    case "read":
      return provider.read(ask.request);
  }
};

/** The calls that a step sends; none where it only looks. */
export const callsOf = (
  step: PlannedStep,
  kind: Kind,
  resource: Resource,
  input: JsonObject,
  volumes: readonly string[],
): readonly ProviderCall[] => {
  switch (step.name) {
    case "create":
    case "build":
      return [];
    case "configure":
      return [{ do: "configure", resource, input: { ...input, cloud_init: "#cloud-config\n" } }];
    case "power_on":
      return [{ do: "power", resource, to: "on" }];
    case "power_off":
      return [{ do: "power", resource, to: "off" }];
    case "reboot":
      return [{ do: "act", resource, action: "reboot", input: {} }];
    case "action": {
      const { action, ...more } = input;
      return [{ do: "act", resource, action: typeof action === "string" ? action : "reboot", input: more }];
    }
    case "update":
      return [{ do: "update", resource, input }];
    case "remove":
      return [{ do: "delete", resource, input }];
    case "remove_volumes":
      return volumes.flatMap((id): ProviderCall[] => [
        { do: "delete_volume", volume: { id, store: "local" } },
        { do: "delete_volume", volume: { id, store: "block" } },
      ]);
    case "apply":
    case "remove_addresses":
      return [{ do: "apply", kind, resource, input }];
  }
};

const hasField = <K extends string>(value: unknown, key: K): value is Record<K, unknown> =>
  typeof value === "object" && value !== null && key in value;

/** The answer of a send; null for anything else. */
export const asAnswer = (value: unknown): Answer | null => (isAnswer(value) ? value : null);
const isAnswer = (value: unknown): value is Answer => hasField(value, "requestId") && hasField(value, "task");

/** What a search has found. */
export const asFound = (value: unknown): readonly Found[] => (isFound(value) ? value : []);
const isFound = (value: unknown): value is readonly Found[] => Array.isArray(value);

/** A page of a list; null for anything else. */
export const asPage = (value: unknown): Extract<ReadAnswer, { form: "page" }> | null =>
  isPage(value) ? value : null;
const isPage = (value: unknown): value is Extract<ReadAnswer, { form: "page" }> =>
  hasField(value, "form") && value.form === "page";
