import { newKey } from "../../lib/access/key-text.ts";
import type { Key } from "../../lib/access/key.ts";
import { identify, type IdentityPorts } from "../../lib/flows/authenticate.ts";
import { MemoryDocuments } from "../memory/memory-documents.ts";
import { MemorySecrets } from "../memory/memory-secrets.ts";
import { SeededRandomness } from "../memory/seeded-randomness.ts";
import { SilentLog } from "../memory/silent-log.ts";
import { VirtualClock, virtualStart } from "../memory/virtual-clock.ts";
import { mutatedKey, mutatedText, mutatedToken } from "./mutations.ts";
import { algorithms, goodClaims, IssuerAddress, signed, signingKey, tokenSettings } from "./signed-tokens.ts";

const bootstrapKey = "a-key-that-was-set-up-with-the-installation";
const keyCount = 20;

const keyOf = (id: string, hash: string): Key => ({
  id,
  hash,
  name: id.slice(4),
  scopes: ["admin"],
  connections: null,
  networks: null,
  requests_per_minute: 600,
  expires_at: null,
  created_at: "2026-11-02T08:00:00.000Z",
  created_by: "bootstrap",
  last_used_on: null,
  revoked_at: null,
});

/** What came of a run: mutants that were refused, and those that were let in. */
export interface MutationOutcome {
  readonly refused: number;
  readonly accepted: readonly string[];
}

/**
 * Shows mutants of good keys and tokens to the door, half of each. That the unchanged ones are let in is checked first,
 * at the end again, or the run says nothing.
 * @throws when a good one is refused
 */
export const runMutations = async (count: number, seed: number): Promise<MutationOutcome> => {
  const randomness = new SeededRandomness(seed);
  const clock = new VirtualClock();
  const documents = new MemoryDocuments(clock);
  const http = new IssuerAddress();
  const signing = await Promise.all(algorithms.map((alg) => signingKey(alg, `kid-${alg}`)));
  http.keys = signing.map(({ publicKey }) => publicKey);
  const ports: IdentityPorts = {
    documents,
    clock,
    secrets: new MemorySecrets(clock, { "env:API_KEY": bootstrapKey }),
    log: new SilentLog(),
    apiKeyReference: "env:API_KEY",
    tokens: { settings: tokenSettings, http },
  };
  const made = Array.from({ length: keyCount }, () => newKey(() => randomness.token()));
  for (const { id, hash } of made) await documents.save("keys", id, keyOf(id, hash), 0);
  const keys = made.map(({ text }) => text);
  const claims = goodClaims(virtualStart / 1000);
  const tokens = await Promise.all(
    signing.flatMap((key) => [signed(claims, key), signed({ ...claims, sub: "repo:shop/other" }, key)]),
  );
  const checkGood = async (): Promise<void> => {
    for (const text of [...keys, ...tokens, bootstrapKey])
      if ((await identify(text, null, ports)) === null) throw new Error("A good key is refused.");
  };
  await checkGood();
  const accepted: string[] = [];
  const publicKey = JSON.stringify(signing.at(-1)?.publicKey);
  for (let shown = 0; shown < count; shown += 1) {
    const mutant =
      shown % 2 === 0
        ? shown % 20 === 0
          ? mutatedText(bootstrapKey, randomness)
          : mutatedKey(keys, randomness)
        : mutatedToken(tokens, publicKey, randomness);
    if ((await identify(mutant, null, ports)) !== null) accepted.push(mutant);
  }
  await checkGood();
  return { refused: count - accepted.length, accepted };
};
