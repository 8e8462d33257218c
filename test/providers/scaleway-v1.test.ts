import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "scaleway-v1",
  server: { name: "web-1", image: "image-1", start: true },
  volume: { size: 20_000_000_000, type: "l_hdd" },
  settings: { state_words: "stopped", launch_failure: "falls_back" },
  refusals: [
    ["invalid_request_error", "INVALID_INPUT"],
    ["missing_parameter", "INVALID_INPUT"],
    ["unauthorized", "UNAUTHENTICATED"],
    ["request_failed", "OUT_OF_STOCK"],
    ["out_of_stock", "OUT_OF_STOCK"],
    ["quotas_exceeded", "QUOTA_EXCEEDED"],
    ["not_found", "RESOURCE_NOT_FOUND"],
    ["too_many_requests", "RATE_LIMITED"],
  ],
});
