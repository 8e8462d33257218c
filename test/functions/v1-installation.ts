import { afterAll, beforeAll, beforeEach, vi } from "vitest";
import type { Operation } from "../../lib/operation/operation.ts";
import { apiOf, type Api } from "./api-of.ts";
import { openInstallation, type Installation } from "./installation.ts";

/** The deployed functions at a simulated `scaleway-v1`, and the requests that its tests make. */
export class V1Installation {
  #installation: Installation | null = null;
  #api: Api | null = null;
  #serial = 0;

  get all(): Installation {
    if (this.#installation === null) throw new Error("not open");
    return this.#installation;
  }

  get api(): Api {
    if (this.#api === null) throw new Error("not open");
    return this.#api;
  }

  get control() {
    return this.all.simulator.control;
  }

  async open(): Promise<void> {
    this.#installation = await openInstallation("scaleway-v1");
    this.#api = await apiOf();
  }

  /** A key that no other request has. */
  key(): string {
    this.#serial += 1;
    return `key-${this.#serial}`;
  }

  /** Asks for something new and follows it to its end. */
  make(kind: string, input: Record<string, unknown>): Promise<Operation> {
    return this.all.run({ connection: "paris", kind, input }, this.key());
  }

  /** Asks for something on a resource and follows it to its end. */
  run(kind: string, type: string, id: string, input?: Record<string, unknown>): Promise<Operation> {
    const given = input === undefined ? {} : { input };
    return this.all.run({ connection: "paris", kind, resource: { type, id }, ...given }, this.key());
  }

  /** The id of something that is made for a test. */
  async made(kind: string, input: Record<string, unknown>): Promise<string> {
    const operation = await this.make(kind, input);
    if (operation.state !== "succeeded" || operation.resource === null) {
      throw new Error(`${kind} ended as ${operation.state}: ${operation.error?.detail ?? ""}`);
    }
    this.control.clearCalls();
    return operation.resource.id;
  }

  madeServer(input: Record<string, unknown> = {}): Promise<string> {
    return this.made("server.create", { name: "web", image: "image-1", start: false, ...input });
  }

  /** Reads through the API; the path is the one behind the connection. */
  async read(path: string): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    return this.api.get(`/v1/connections/paris/${path}`);
  }

  /** How often the provider was sent this, ids left out: `PUT /v1/tags/Tag-{}`. */
  sent(route: string): number {
    return this.control.counts()[route] ?? 0;
  }

  serverOf(id: string) {
    return this.control.servers().find((server) => server.id === id);
  }
}

/** An installation for the tests of one file. */
export const useV1Installation = (): V1Installation => {
  // Looks are seconds apart in real time.
  vi.setConfig({ testTimeout: 60_000 });
  const v1 = new V1Installation();
  beforeAll(() => v1.open());
  afterAll(() => v1.all.stop());
  beforeEach(() => {
    v1.control.clearFaults();
    v1.control.clearCalls();
  });
  return v1;
};
