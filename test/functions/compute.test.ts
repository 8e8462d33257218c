import { describe } from "vitest";
import { provisioningSuite } from "./provisioning.ts";

describe("provisioning at scaleway-compute", () => {
  provisioningSuite("scaleway-compute");
});
