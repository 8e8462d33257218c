import { guestPassword, longestBuild, v4Server } from "./convoy-v4-panel.ts";
import { providerContract } from "./provider-contract.ts";

providerContract({
  dialect: "convoy-v4",
  server: v4Server,
  volume: null,
  atRest: "on",
  restsAfterSeconds: longestBuild,
  secrets: { "env:SWITCHYARD_INPUT_GUEST": guestPassword },
  refusals: [
    ["unauthenticated", "UNAUTHENTICATED"],
    ["forbidden", "PERMISSION_DENIED"],
    ["conflict", "WRONG_STATE"],
    ["refused", "INVALID_INPUT"],
    ["invalid", "INVALID_INPUT"],
    ["not_found", "RESOURCE_NOT_FOUND"],
    ["too_many_requests", "RATE_LIMITED"],
  ],
});
