import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createGuardedHttpClient } from "../../lib/platform/guarded-http-client.ts";
import { refusalOfAddress } from "../../lib/webhook/address.ts";
import { AddressRefused, HttpNotSent } from "../../lib/ports/http-client.ts";
import { Chance } from "../simulation/chance.ts";
import { hostileUrls } from "./hostile-urls.ts";

const publicAddresses = ["93.184.215.14", "1.1.1.1", "2606:4700::1111", "2a01:4f8::2"];
const innerAddresses = [
  "127.0.0.1",
  "::1",
  "::ffff:127.0.0.1",
  "0.0.0.0",
  "10.0.0.1",
  "169.254.169.254",
  "64:ff9b::7f00:1",
  "fe80::1%lo",
  "localhost",
  "",
];

/** A server inside, which nobody must reach, and a port on which nobody listens. */
export interface Inside {
  readonly port: number;
  readonly closedPort: number;
  connections: number;
  bytes: number;
  close(): Promise<void>;
}

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
};

const listening = async (server: Server): Promise<Server> => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};

const closing = async (server: Server): Promise<void> => {
  server.close();
  await once(server, "close");
};

export const openInside = async (): Promise<Inside> => {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    inside.connections += 1;
    sockets.add(socket);
    socket.on("data", (chunk) => (inside.bytes += chunk.length));
    socket.on("error", () => undefined);
  });
  const unused = await listening(createServer());
  const closedPort = portOf(unused);
  await closing(unused);
  await listening(server);
  const inside: Inside = {
    port: portOf(server),
    closedPort,
    connections: 0,
    bytes: 0,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closing(server);
    },
  };
  return inside;
};

/** What came of many requests. */
export interface Attack {
  passed: number;
  readonly wrong: string[];
}

const request = (url: string) =>
  ({ method: "POST", url, headers: {}, body: "{}", timeoutMilliseconds: 2000 }) as const;

/**
 * A name whose answers change from one look to the next, with inner addresses alone or among public ones. What is
 * dialled for a public address is a port on which nobody listens; an inner one would be dialled in earnest.
 */
export const rebind = async (rounds: number, seed: number, inside: Inside): Promise<Attack> => {
  const chance = new Chance(seed).split("rebinding");
  const attack: Attack = { passed: 0, wrong: [] };
  let dialled: string[] = [];
  let answers: readonly string[] = [];
  const client = createGuardedHttpClient({
    allowLoopback: chance.happens(0.5),
    ports: [inside.port],
    ways: {
      lookup: async () => answers,
      open: (address, port) => {
        dialled.push(address);
        const isPublic = publicAddresses.includes(address);
        return connect(isPublic ? { host: "127.0.0.1", port: inside.closedPort } : { host: address, port });
      },
    },
  });
  for (let round = 0; round < rounds; round += 1) {
    const good = Array.from({ length: chance.between(round % 2, 4) }, () => chance.pick(publicAddresses));
    const bad = Array.from({ length: chance.between(round % 2, 3) }, () => chance.pick(innerAddresses));
    // The first answer is public, the second is what the name was bound to meanwhile.
    for (const found of [good, [...good, ...bad].toSorted(() => chance.fraction() - 0.5)]) {
      answers = found;
      dialled = [];
      const error: unknown = await client
        .send(request(`https://rebinds.example:${inside.port}/`))
        .catch((e) => e);
      const isBad = found.some((address) => refusalOfAddress(address, false) !== null);
      const wanted = isBad ? AddressRefused : HttpNotSent;
      const right =
        error instanceof wanted &&
        isBad === error instanceof AddressRefused &&
        (isBad ? dialled.length === 0 : dialled.every((address) => publicAddresses.includes(address)));
      if (right && inside.connections === 0) attack.passed += 1;
      else attack.wrong.push(`${found.join(" ")}: ${String(error)}, dialled ${dialled.join(" ")}`);
    }
  }
  return attack;
};

/** Sends to every hostile URL, in a world where each name leads inside and each connection is counted. */
export const callHostileUrls = async (inside: Inside): Promise<Attack> => {
  const attack: Attack = { passed: 0, wrong: [] };
  let dialled = 0;
  const client = createGuardedHttpClient({
    allowLoopback: false,
    ways: {
      lookup: async () => ["127.0.0.1"],
      open: () => {
        dialled += 1;
        return connect(inside.port, "127.0.0.1");
      },
    },
  });
  for (const [url, why] of hostileUrls) {
    const error: unknown = await client.send(request(url)).catch((e) => e);
    if (error instanceof AddressRefused && dialled === 0 && inside.connections === 0) attack.passed += 1;
    else attack.wrong.push(`${url} (${why}): ${String(error)}`);
  }
  return attack;
};
