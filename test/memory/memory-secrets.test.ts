import { secretsContract } from "../contracts/secrets.ts";
import { MemorySecrets } from "./memory-secrets.ts";
import { VirtualClock } from "./virtual-clock.ts";

secretsContract("in memory", ["env:KEY", "ssm:/switchyard/key"], async () => {
  const clock = new VirtualClock();
  const secrets = new MemorySecrets(clock);
  return {
    secrets,
    clock,
    set: (reference, value) => {
      if (value === undefined) secrets.values.delete(reference);
      else secrets.values.set(reference, value);
    },
  };
});
