import { beforeEach, describe, expect, it } from "vitest";
import { SecretUnavailable, type Secrets } from "../../lib/ports/secrets.ts";
import type { VirtualClock } from "../memory/virtual-clock.ts";

/** Secrets, what stands behind them, and how often that was asked. */
export interface SecretsWorld {
  readonly secrets: Secrets;
  readonly clock: VirtualClock;
  /** Sets the value behind a reference; undefined takes it away. */
  readonly set: (reference: string, value: string | undefined) => void;
}

const fiveMinutes = 300_000;

/** What every Secrets promises, for references of each of these kinds. */
export const secretsContract = (
  name: string,
  references: readonly string[],
  open: () => Promise<SecretsWorld>,
): void => {
  describe.each(references)(`secrets: ${name}: %s`, (reference) => {
    let world: SecretsWorld;
    beforeEach(async () => {
      world = await open();
    });
    const failure = (): Promise<unknown> => world.secrets.read(reference).catch((caught: unknown) => caught);

    it("gives the value", async () => {
      world.set(reference, "s3cret ü");
      expect(await world.secrets.read(reference)).toBe("s3cret ü");
    });

    it("is unavailable when there is none, and says which", async () => {
      const error = await failure();
      expect(error).toBeInstanceOf(SecretUnavailable);
      expect(error).toMatchObject({ reference, message: expect.stringContaining(reference) });
    });

    it("is unavailable when it is empty", async () => {
      world.set(reference, "");
      expect(await failure()).toBeInstanceOf(SecretUnavailable);
    });

    it("is looked for again after it was not there", async () => {
      expect(await failure()).toBeInstanceOf(SecretUnavailable);
      world.set(reference, "now");
      expect(await world.secrets.read(reference)).toBe("now");
    });

    it("is kept for no more than 5 minutes", async () => {
      world.set(reference, "old");
      await world.secrets.read(reference);
      world.set(reference, "new");
      await world.clock.advance(fiveMinutes);
      expect(await world.secrets.read(reference)).toBe("new");
    });

    it("is read anew after it was forgotten", async () => {
      world.set(reference, "old");
      await world.secrets.read(reference);
      world.set(reference, "new");
      world.secrets.forget(reference);
      expect(await world.secrets.read(reference)).toBe("new");
    });

    it("is read anew for whoever was shown another value, though it is kept", async () => {
      world.set(reference, "old");
      await world.secrets.read(reference);
      await world.clock.advance(10_000);
      world.set(reference, "new");
      expect(await world.secrets.readAnew(reference)).toBe("new");
      expect(await world.secrets.read(reference)).toBe("new");
    });

    it("is not looked for anew twice in 10 seconds", async () => {
      world.set(reference, "old");
      await world.secrets.read(reference);
      await world.clock.advance(10_000);
      await world.secrets.readAnew(reference);
      world.set(reference, "new");
      await world.clock.advance(9999);
      expect(await world.secrets.readAnew(reference)).toBe("old");
      await world.clock.advance(1);
      expect(await world.secrets.readAnew(reference)).toBe("new");
    });

    it("stays what it was while its store has none, but for no more than 5 minutes", async () => {
      world.set(reference, "old");
      await world.secrets.read(reference);
      await world.clock.advance(10_000);
      world.set(reference, undefined);
      expect(await world.secrets.readAnew(reference)).toBe("old");
      await world.clock.advance(fiveMinutes - 10_000);
      await expect(world.secrets.readAnew(reference)).rejects.toThrow(SecretUnavailable);
    });

    it("is simply read when nobody has read it yet", async () => {
      world.set(reference, "value");
      expect(await world.secrets.readAnew(reference)).toBe("value");
    });

    it("may be forgotten without having been read", async () => {
      world.set(reference, "value");
      world.secrets.forget(reference);
      expect(await world.secrets.read(reference)).toBe("value");
    });
  });
};
