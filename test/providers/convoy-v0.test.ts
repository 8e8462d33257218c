import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "convoy-v0",
  server: { type: "new", name: "web", node_id: 1, user_id: 1, template_id: 1 },
  volume: null,
  atRest: "on",
  settings: { throttle: "off" },
  refusals: [
    ["unauthorized", "UNAUTHENTICATED"],
    ["invalid", "INVALID_INPUT"],
    ["not_found", "RESOURCE_NOT_FOUND"],
    ["method_not_allowed", "PROVIDER_REFUSED"],
    ["too_many_requests", "RATE_LIMITED"],
  ],
});
