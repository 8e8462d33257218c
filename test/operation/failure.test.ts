import { describe, expect, it } from "vitest";
import { problemOf } from "../../lib/operation/failure.ts";
import { refusalCodes } from "../../lib/ports/provider.ts";
import { anOperation } from "../operations.ts";

const said = (code: string) => problemOf(anOperation(), code, "No free IP address.");

describe("the problem of a failed operation", () => {
  it("of something that is used up speaks of no machine: it may be an address", () => {
    const { title, hint, status } = said("OUT_OF_STOCK");
    expect(`${title} ${hint ?? ""}`).not.toMatch(/machine/);
    expect(status).toBe(503);
  });

  it("of a build that failed says that it is one", () => {
    expect(said("BUILD_FAILED")).toMatchObject({ title: "The server could not be built" });
  });

  it.each(refusalCodes.filter((code) => !["RATE_LIMITED", "UNAVAILABLE", "PROVIDER_REFUSED"].includes(code)))(
    "%s has a title of its own",
    (code) => {
      expect(said(code).title).not.toBe("The provider refused");
    },
  );
});
