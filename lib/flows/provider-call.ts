import { bounds } from "../operation/bounds.ts";
import type { Fact, Send } from "../operation/fact.ts";
import type { JsonObject } from "../operation/json.ts";
import { markerOf } from "../operation/marker.ts";
import type { Operation, Resource } from "../operation/operation.ts";
import { ProviderDoubt, ProviderRefusal, type Provider, type ProviderCall } from "../ports/provider.ts";
import { SecretUnavailable } from "../ports/secrets.ts";

const actionOf = (operation: Operation): { action: string; input: JsonObject } => {
  const { action, ...input } = operation.input;
  return { action: typeof action === "string" ? action : "reboot", input };
};

const resourceOf = (operation: Operation): Resource => {
  if (operation.resource === null) throw new Error(`Operation ${operation.id} has no resource to act on.`);
  return operation.resource;
};

/** The call that an operation sends next, as data. */
export const callOf = (operation: Operation, what: Send, deployment: string): ProviderCall | null => {
  const { kind, input, choice } = operation;
  const marker = markerOf(operation.id, deployment);
  switch (what) {
    case "create":
      return { do: "create", kind, input, choice, marker: markerOf(operation.id, deployment) };
    case "configure":
      return { do: "configure", resource: resourceOf(operation), input, marker };
    case "apply":
      return { do: "apply", kind, resource: resourceOf(operation), input };
    case "update":
      return { do: "update", resource: resourceOf(operation), input, marker };
    case "power_on":
      return { do: "power", resource: resourceOf(operation), to: "on" };
    case "power_off":
      return { do: "power", resource: resourceOf(operation), to: "off" };
    case "act":
      return { do: "act", resource: resourceOf(operation), ...actionOf(operation) };
    case "terminate":
      return { do: "act", resource: resourceOf(operation), action: "terminate", input: {} };
    case "delete":
      return { do: "delete", resource: resourceOf(operation), input };
    case "delete_volumes": {
      const [volume] = operation.volumes;
      return volume === undefined ? null : { do: "delete_volume", volume };
    }
  }
};

const factOfError = (error: unknown): Fact => {
  if (error instanceof ProviderRefusal) {
    const { code, message, provider, retryAfterSeconds } = error;
    return { type: "refused", code, detail: message, provider, retryAfterSeconds };
  }
  if (error instanceof ProviderDoubt) {
    return { type: "doubted", reason: error.message, requestId: error.provider.request_id ?? null };
  }
  if (error instanceof SecretUnavailable) {
    const detail = error.message;
    return {
      type: "refused",
      code: "UNAVAILABLE",
      detail,
      provider: { status: null },
      retryAfterSeconds: 30,
    };
  }
  throw error;
};

/** Sends once and says what came of it. Errors that are neither refusal nor doubt are faults of ours and are thrown. */
export const sendOnce = async (provider: Provider, call: ProviderCall): Promise<Fact> => {
  try {
    const { resource, task, observation, requestId } = await provider.send(call);
    if (call.do === "delete_volume") return { type: "volume_gone", id: call.volume.id };
    return { type: "answered", resource, task, observation, requestId, mayGoOn: true };
  } catch (error) {
    const fact = factOfError(error);
    const gone =
      fact.type === "refused" && (fact.code === "RESOURCE_NOT_FOUND" || fact.code === "RESOURCE_GONE");
    return gone && call.do === "delete_volume" ? { type: "volume_gone", id: call.volume.id } : fact;
  }
};

/** Milliseconds that must be left of an invocation to send something and save the answer. */
export const sendNeedsMilliseconds = (bounds.clientTimeout + 2) * 1000;
