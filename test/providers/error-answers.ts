import type { RefusalCode } from "../../lib/ports/provider.ts";

const id = "741db378-6b87-46d4-a8c5-4e46a09ab1f8";

/** One error answer: why it is there, its status and body, and what it means. */
type Row = readonly [why: string, status: number, body: unknown, code: RefusalCode | "doubt"];

/** providers.md 1.4. */
export const olderApi: readonly Row[] = [
  [
    "fields say what is wrong",
    400,
    {
      type: "invalid_request_error",
      message: "Validation Error",
      fields: { name: ["required key not provided"] },
    },
    "INVALID_INPUT",
  ],
  [
    "poweron of a running one",
    400,
    { type: "invalid_request_error", message: "server should be stopped" },
    "WRONG_STATE",
  ],
  [
    "poweroff of a stopped one",
    400,
    { type: "invalid_request_error", message: "server should be running" },
    "WRONG_STATE",
  ],
  [
    "poweroff of a stopping one",
    400,
    { type: "invalid_request_error", message: "server is being stopped or rebooted" },
    "WRONG_STATE",
  ],
  [
    "DELETE of a running one, 2020",
    400,
    { type: "invalid_request_error", message: "instance should be powered off" },
    "WRONG_STATE",
  ],
  [
    "DELETE of an attached volume",
    400,
    { type: "invalid_request_error", message: "a server is attached to this volume" },
    "WRONG_STATE",
  ],
  [
    "a volume others are based on",
    400,
    { type: "invalid_request_error", message: "Base volume is in use" },
    "WRONG_STATE",
  ],
  [
    "a create with somebody's volume: other input is needed, waiting won't help",
    400,
    { type: "invalid_request_error", message: `volume ${id} is already attached to a server` },
    "INVALID_INPUT",
  ],
  [
    "no token",
    401,
    { type: "invalid_auth", message: "The header 'X-Auth-Token' is missing" },
    "UNAUTHENTICATED",
  ],
  ["the document's spelling", 401, { type: "invitalid_auth", message: "no" }, "UNAUTHENTICATED"],
  ["402 without type", 402, { message: "Parameters were valid but request failed" }, "PAYMENT_REQUIRED"],
  [
    "402 with a type that says nothing",
    402,
    { type: "invalid_request_error", message: "failed" },
    "PAYMENT_REQUIRED",
  ],
  ["402 without body", 402, "", "PAYMENT_REQUIRED"],
  ["403", 403, { type: "authorization_required", message: "no permission" }, "PERMISSION_DENIED"],
  [
    "403 that is a quota",
    403,
    { type: "invalid_request_error", message: "Quota exceeded for this resource." },
    "QUOTA_EXCEEDED",
  ],
  [
    "404, first spelling",
    404,
    { type: "unknown_resource", message: `"${id}" not found` },
    "RESOURCE_NOT_FOUND",
  ],
  [
    "404, second spelling",
    404,
    { type: "unknown_resource", message: `Security group "${id}" not found` },
    "RESOURCE_NOT_FOUND",
  ],
  [
    "404, third spelling",
    404,
    { type: "unknown_resource", message: `Volume '${id}' not found` },
    "RESOURCE_NOT_FOUND",
  ],
  ["409", 409, { type: "conflict", message: "conflict" }, "WRONG_STATE"],
  [
    "503 with a 4xx type",
    503,
    { type: "invalid_request_error", message: "No free IP address" },
    "OUT_OF_STOCK",
  ],
  [
    "503 with a 4xx type that says nothing",
    503,
    { type: "invalid_request_error", message: "no" },
    "PROVIDER_REFUSED",
  ],
  ["500 api_error", 500, { type: "api_error", message: "internal" }, "doubt"],
  ["502 in HTML", 502, "<html>Bad Gateway</html>", "doubt"],
  ["503 without body", 503, "", "doubt"],
  ["429 without body", 429, "", "RATE_LIMITED"],
];

/** providers.md 4.4. */
export const todaysApi: readonly Row[] = [
  [
    "create without an image",
    400,
    {
      type: "invalid_arguments",
      message: "invalid argument(s)",
      details: [{ argument_name: "image", reason: "required", help_message: "required key not provided" }],
    },
    "INVALID_INPUT",
  ],
  [
    "wrong key",
    401,
    { type: "denied_authentication", method: "api_key", reason: "not_found" },
    "UNAUTHENTICATED",
  ],
  [
    "no grant",
    403,
    {
      type: "permissions_denied",
      message: "insufficient permissions",
      details: [{ resource: "instance", action: "write" }],
    },
    "PERMISSION_DENIED",
  ],
  [
    "quota",
    403,
    {
      type: "quotas_exceeded",
      message: "quota(s) exceeded",
      details: [{ resource: "servers", quota: 10, current: 10 }],
    },
    "QUOTA_EXCEEDED",
  ],
  [
    "quota, old form, 400",
    400,
    { type: "invalid_request_error", message: "Quota exceeded for this resource.", resource: "server" },
    "QUOTA_EXCEEDED",
  ],
  [
    "gone",
    404,
    { type: "not_found", message: "resource is not found", resource: "instance_server", resource_id: id },
    "RESOURCE_NOT_FOUND",
  ],
  [
    "a wrong zone: the connection is wrong, nothing is gone",
    404,
    { type: "not_found", message: "resource is not found", resource: "zone", resource_id: "fr-par-9" },
    "PROVIDER_REFUSED",
  ],
  ["404 of a gateway: nothing is known of the server", 404, "<html>not found</html>", "PROVIDER_REFUSED"],
  ["404 of a gateway in JSON", 404, { message: "no Route matched with those values" }, "PROVIDER_REFUSED"],
  ["404 without body", 404, "", "PROVIDER_REFUSED"],
  [
    "moving",
    409,
    { type: "transient_state", resource: "instance_server", resource_id: id, current_state: "starting" },
    "WRONG_STATE",
  ],
  [
    "exists",
    409,
    { type: "already_exists", resource: "instance_ip", help_message: "taken" },
    "ALREADY_EXISTS",
  ],
  ["conflict", 409, { type: "conflict", message: "conflict" }, "WRONG_STATE"],
  ["expired, Go's word", 410, { type: "resource_expired", resource: "instance_image" }, "RESOURCE_GONE"],
  ["expired, JavaScript's word", 410, { type: "expired", resource: "instance_image" }, "RESOURCE_GONE"],
  [
    "protected",
    400,
    {
      type: "precondition_failed",
      message: "precondition is not respected",
      precondition: "protected_resource",
      help_message: "server is protected",
    },
    "PROTECTED",
  ],
  [
    "in use",
    400,
    {
      type: "precondition_failed",
      message: "precondition is not respected",
      precondition: "resource_still_in_use",
      help_message: "instance should be powered off",
    },
    "WRONG_STATE",
  ],
  ["in use, 412", 412, { type: "precondition_failed", precondition: "resource_still_in_use" }, "WRONG_STATE"],
  [
    "412 without a precondition",
    412,
    { type: "precondition_failed", message: "server should be stopped" },
    "WRONG_STATE",
  ],
  ["in use, as a type of its own", 409, { type: "resource_still_in_use", message: "in use" }, "WRONG_STATE"],
  ["locked", 423, { type: "locked", resource: "instance_server", resource_id: id }, "LOCKED"],
  ["429, typed", 429, { type: "too_many_requests", reset_seconds: 12 }, "RATE_LIMITED"],
  ["no stock", 503, { type: "out_of_stock", resource: "DEV1-S" }, "OUT_OF_STOCK"],
  ["quota on a 5xx", 500, { type: "quotas_exceeded" }, "QUOTA_EXCEEDED"],
  ["a precondition on a 5xx", 500, { type: "precondition_failed", message: "no" }, "WRONG_STATE"],
  [
    "absence on a 5xx is no word on absence",
    500,
    { type: "not_found", resource: "instance_server" },
    "doubt",
  ],
  ["an unknown type, 400", 400, { type: "brand_new", message: "?" }, "PROVIDER_REFUSED"],
  ["an unknown type, 500", 500, { type: "brand_new", message: "?" }, "doubt"],
  ["a type that is no text", 400, { type: 7, message: "server should be stopped" }, "WRONG_STATE"],
  ["a body that is a list", 400, [], "PROVIDER_REFUSED"],
  ["408: it may have been begun", 408, "", "doubt"],
  ["a redirect", 303, "", "doubt"],
];
