import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "scaleway-instance",
  server: { name: "web-1", type: "DEV1-S", image: "ubuntu_noble", start: true },
  volume: { name: "data", volume_type: "sbs_volume", size: 20_000_000_000 },
  refusals: [
    ["invalid_arguments", "INVALID_INPUT"],
    ["invalid_request_error", "INVALID_INPUT"],
    ["denied_authentication", "UNAUTHENTICATED"],
    ["permissions_denied", "PERMISSION_DENIED"],
    ["quotas_exceeded", "QUOTA_EXCEEDED"],
    ["quotas_exceeded_legacy", "QUOTA_EXCEEDED"],
    ["out_of_stock", "OUT_OF_STOCK"],
    ["not_found", "RESOURCE_NOT_FOUND"],
    ["unknown_resource", "RESOURCE_NOT_FOUND"],
    ["resource_expired", "RESOURCE_GONE"],
    ["expired", "RESOURCE_GONE"],
    ["already_exists", "ALREADY_EXISTS"],
    ["conflict", "WRONG_STATE"],
    ["transient_state", "WRONG_STATE"],
    ["precondition_failed", "WRONG_STATE"],
    ["precondition_failed_bare", "WRONG_STATE"],
    ["locked", "LOCKED"],
    ["too_many_requests", "RATE_LIMITED"],
  ],
});
