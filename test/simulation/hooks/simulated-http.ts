import {
  HttpNotSent,
  type HttpAnswer,
  type HttpClient,
  type HttpRequest,
} from "../../../lib/ports/http-client.ts";
import type { Sandbox } from "../sandbox.ts";
import type { Receiver } from "./receivers.ts";

/** The internet as one sandbox reaches it: receivers by their hosts. */
export class SimulatedHttp implements HttpClient {
  readonly #receivers: ReadonlyMap<string, Receiver>;
  readonly #sandbox: Sandbox;

  constructor(receivers: ReadonlyMap<string, Receiver>, sandbox: Sandbox) {
    this.#receivers = receivers;
    this.#sandbox = sandbox;
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    const { host } = new URL(request.url);
    const receiver = this.#receivers.get(host);
    const sandbox = this.#sandbox;
    const begunAt = sandbox.world.now;
    const stalled = sandbox.current?.stalled === true;
    return sandbox.run<HttpAnswer>({
      name: `send to ${host}`,
      writes: true,
      takes: 20,
      apply: () =>
        receiver === undefined
          ? { error: new HttpNotSent("There is no such host.") }
          : receiver.take(request, begunAt, stalled),
    });
  }
}
