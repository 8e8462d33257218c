import type { JsonObject } from "../../lib/operation/json.ts";
import { operationIdOf } from "../../lib/operation/operation-id.ts";
import type { ProviderCall } from "../../lib/ports/provider.ts";

/**
 * Where callers write their idempotency key into what they ask for, so that the provider's record tells whose it is,
 * marker or not.
 */
const signed = ["name", "base_snapshot", "content", "metadata_value"] as const;

/** A name that fills all its room is the key, a dot, and what fills it. */
const keyIn = (text: string): string => text.split(".")[0] ?? text;

/** The operation whose caller has signed the input; null when nobody has. */
export const askedBy = (input: JsonObject): string | null => {
  const text = signed.map((field) => input[field]).find((value) => typeof value === "string");
  return typeof text === "string" ? operationIdOf("sim", keyIn(text)) : null;
};

/** The operation that a call is made for, where its input tells. */
export const byOf = (call: ProviderCall): string | null =>
  call.do === "create" || call.do === "apply" ? askedBy(call.input) : null;
