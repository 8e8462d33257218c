import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "scaleway-compute",
  server: { name: "web-1", type: "VC1S", image: "85917034-46b0-4cc5-8b48-f0a2245e357e", start: true },
  volume: { name: "data", volume_type: "l_ssd", size: 20_000_000_000 },
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
