import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "scaleway-draft",
  server: { name: "web-1", image: "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397", start: true },
  volume: null,
  refusals: [
    ["invalid_request_error", "INVALID_INPUT"],
    ["invalid_auth", "UNAUTHENTICATED"],
    ["invitalid_auth", "UNAUTHENTICATED"],
    ["request_failed", "PAYMENT_REQUIRED"],
    ["authorization_required", "PERMISSION_DENIED"],
    ["quotas_exceeded_legacy", "QUOTA_EXCEEDED"],
    ["no_free_ip", "OUT_OF_STOCK"],
    ["unknown_resource", "RESOURCE_NOT_FOUND"],
    ["conflict", "WRONG_STATE"],
    ["too_many_requests", "RATE_LIMITED"],
  ],
});
