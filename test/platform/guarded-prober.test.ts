import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { createGuardedHttpClient } from "../../lib/platform/guarded-http-client.ts";
import { createGuardedProber } from "../../lib/platform/guarded-prober.ts";

const portSchema = z.object({ port: z.number() });
const portOf = (server: { address(): AddressInfo | string | null }): number =>
  portSchema.parse(server.address()).port;
const listening = (server: Server | HttpServer): Promise<void> =>
  new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });

describe("a probe", () => {
  let connections = 0;
  const tcp = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const http = createHttpServer((request, response) => {
    response.statusCode = request.url === "/ready" ? 204 : 503;
    response.end();
  });
  const onMachine = createGuardedProber(createGuardedHttpClient({ allowLoopback: true }), true);
  const deployed = createGuardedProber(createGuardedHttpClient({ allowLoopback: false }), false);

  beforeAll(async () => {
    await listening(tcp);
    await listening(http);
  });
  afterAll(() => {
    tcp.close();
    http.close();
  });

  it("finds a port that takes connections, and one that does not", async () => {
    expect(await onMachine.connects("127.0.0.1", portOf(tcp))).toBe(true);
    expect(await onMachine.connects("127.0.0.1", 1)).toBe(false);
  });

  it("takes only 2xx for an answer that is meant", async () => {
    const root = `http://127.0.0.1:${portOf(http)}`;
    expect(await onMachine.answers(`${root}/ready`)).toBe(true);
    expect(await onMachine.answers(`${root}/other`)).toBe(false);
  });

  it.each(["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "not an address"])(
    "never reaches for %s where it is deployed",
    async (address) => {
      const before = connections;
      expect(await deployed.connects(address, portOf(tcp))).toBe(false);
      expect(await deployed.answers(`http://${address}/`)).toBe(false);
      expect(connections).toBe(before);
    },
  );
});
