import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import type { SSMClient } from "@aws-sdk/client-ssm";
import type { Clock } from "../ports/clock.ts";
import { SecretUnavailable, type Secrets } from "../ports/secrets.ts";
import { type AwsSettings, parameterClient, secretClient } from "./clients.ts";

const keptMilliseconds = 5 * 60_000;
/** Between two looks at the store because of a value that does not match, however many of them there are. */
const anewMilliseconds = 10_000;

interface Kept {
  readonly value: Promise<string>;
  readonly askedAt: number;
  readonly until: number;
}

/** Secrets of the environment, the parameter store (decrypted) and the secrets manager. */
export class AwsSecrets implements Secrets {
  readonly #settings: AwsSettings;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #clock: Clock;
  readonly #kept = new Map<string, Kept>();
  #parameters: Promise<SSMClient> | null = null;
  #secrets: Promise<SecretsManagerClient> | null = null;

  constructor(
    settings: AwsSettings,
    environment: Readonly<Record<string, string | undefined>>,
    clock: Clock,
  ) {
    this.#settings = settings;
    this.#environment = environment;
    this.#clock = clock;
  }

  async read(reference: string): Promise<string> {
    const now = this.#clock.now();
    const kept = this.#kept.get(reference);
    if (kept !== undefined && now < kept.until) return kept.value;
    const entry = { value: this.#fetch(reference), askedAt: now, until: now + keptMilliseconds };
    this.#kept.set(reference, entry);
    try {
      return await entry.value;
    } catch (error) {
      if (this.#kept.get(reference) === entry) this.#kept.delete(reference);
      throw error;
    }
  }

  async readAnew(reference: string): Promise<string> {
    const now = this.#clock.now();
    const kept = this.#kept.get(reference);
    if (kept === undefined || now >= kept.until) return this.read(reference);
    if (now < kept.askedAt + anewMilliseconds) return kept.value;
    // A store that does not answer takes nothing from what is known; its time goes on as it was.
    const value = this.#fetch(reference).catch(() => kept.value);
    this.#kept.set(reference, { value, askedAt: now, until: kept.until });
    return value;
  }

  forget(reference: string): void {
    this.#kept.delete(reference);
  }

  async #fetch(reference: string): Promise<string> {
    let value: string | undefined;
    try {
      value = await this.#find(reference);
    } catch (cause) {
      throw new SecretUnavailable(reference, { cause });
    }
    if (value === undefined || value === "") throw new SecretUnavailable(reference);
    return value;
  }

  async #find(reference: string): Promise<string | undefined> {
    const colon = reference.indexOf(":");
    const name = reference.slice(colon + 1);
    switch (reference.slice(0, colon)) {
      case "env":
        return Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
      case "ssm":
        return this.#parameter(name);
      case "secretsmanager":
        return this.#secret(name);
      default:
        return undefined;
    }
  }

  async #parameter(name: string): Promise<string | undefined> {
    this.#parameters ??= parameterClient(this.#settings);
    const client = await this.#parameters;
    const { GetParameterCommand } = await import("@aws-sdk/client-ssm");
    const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
    return answer.Parameter?.Value;
  }

  async #secret(name: string): Promise<string | undefined> {
    this.#secrets ??= secretClient(this.#settings);
    const client = await this.#secrets;
    const { GetSecretValueCommand } = await import("@aws-sdk/client-secrets-manager");
    const answer = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return answer.SecretString;
  }
}
