import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { creating, deleting, powering, updating } from "./contract-changes.ts";
import { looking, reading, refusing } from "./contract-reads.ts";
import { Room, type ContractSample } from "./contract-room.ts";

/** What every dialect promises, asked of its simulator over real HTTP. */
export const providerContract = (sample: ContractSample): void => {
  describe(`the provider contract of ${sample.dialect}`, () => {
    const room = new Room(sample);
    beforeAll(() => room.open());
    afterEach(() => room.simulator.control.clearFaults());
    afterAll(() => room.simulator.close());
    describe("creating", () => {
      creating(room);
    });
    describe("power", () => {
      powering(room);
    });
    describe("looking", () => {
      looking(room);
    });
    describe("deleting", () => {
      deleting(room);
    });
    describe("updating", () => {
      updating(room);
    });
    describe("reading", () => {
      reading(room);
    });
    describe("refusals", () => {
      refusing(room);
    });
  });
};
