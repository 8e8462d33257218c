import { lookup } from "node:dns/promises";
import { connect, isIPv4, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AddressRefused, HttpNotSent } from "../ports/http-client.ts";
import { isLiteralAddress, refusalOfAddress } from "../webhook/address.ts";
import { codeOf } from "./exchange.ts";

/** What a connection is made with; tests put other ways in the place of the system's. */
export interface Ways {
  /** All addresses that a name leads to. */
  readonly lookup: (name: string) => Promise<readonly string[]>;
  /** Begins a connection to an address. */
  readonly open: (address: string, port: number) => Socket;
  /** Certificates that are trusted, in PEM; null: the system's. */
  readonly trusted: string | null;
}

export const systemWays: Ways = {
  lookup: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  open: (host, port) => connect({ host, port, autoSelectFamily: false }),
  trusted: null,
};

/** Where to connect to. */
export interface Target {
  /** A name or an address, as a parsed URL has it (without brackets). */
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** Whether `localhost`, and a host that is itself written as a loopback address, may be called. */
  readonly allowLoopback: boolean;
  readonly timeoutMilliseconds: number;
  readonly ways: Ways;
}

/** Addresses of one name that are tried, each with an equal share of the time. */
const mostAddresses = 3;

/** The addresses that a host leads to, all of which are public. @throws AddressRefused, HttpNotSent */
const addressesOf = async ({ host, allowLoopback, ways }: Target): Promise<readonly string[]> => {
  if (isLiteralAddress(host)) {
    const refusal = refusalOfAddress(host, allowLoopback);
    if (refusal !== null) throw new AddressRefused(refusal.detail);
    return [host];
  }
  const found = await ways.lookup(host);
  if (found.length === 0) throw new HttpNotSent("the name has no address");
  for (const address of found) {
    const refusal = refusalOfAddress(address, allowLoopback && host === "localhost");
    if (refusal !== null)
      throw new AddressRefused(`${host} leads to where nothing is sent: ${refusal.detail}`);
  }
  // IPv4 first: from many places, functions among them, there is no way out over IPv6.
  return found.toSorted((a, b) => Number(isIPv4(b)) - Number(isIPv4(a))).slice(0, mostAddresses);
};

/** Ends what is under way when the signal comes. @throws HttpNotSent */
const orGivenUp = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  const gaveUp = Promise.withResolvers<never>();
  const end = (): void => gaveUp.reject(new HttpNotSent("no connection in time"));
  if (signal.aborted) end();
  signal.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work, gaveUp.promise]);
  } finally {
    signal.removeEventListener("abort", end);
  }
};

/** Resolves when the socket has said the word. @throws HttpNotSent */
const ready = async (
  socket: Socket,
  word: "connect" | "secureConnect",
  signal: AbortSignal,
): Promise<void> => {
  // Stays for good: an error may come before somebody else listens.
  socket.on("error", () => undefined);
  const said = new Promise<void>((resolve, reject) => {
    socket.once(word, resolve);
    socket.once("error", (error) => reject(new HttpNotSent(codeOf(error), { cause: error })));
    socket.once("close", () => reject(new HttpNotSent("the connection was closed")));
  });
  try {
    await orGivenUp(signal, said);
  } catch (error) {
    socket.destroy();
    throw error;
  }
};

/** Who is really at the other end, asked before anything is written. @throws AddressRefused */
const checkPeer = (socket: Socket, { host, allowLoopback }: Target): void => {
  // Only a host that is written as a loopback address may be one.
  const isLoopback = isLiteralAddress(host) && refusalOfAddress(host, false) !== null;
  const refusal = refusalOfAddress(socket.remoteAddress ?? "", allowLoopback && isLoopback);
  if (refusal === null) return;
  socket.destroy();
  throw new AddressRefused(`the connection led elsewhere: ${refusal.detail}`);
};

const connected = async (target: Target, address: string, signal: AbortSignal): Promise<Socket> => {
  const { host, port, isTls, ways } = target;
  const socket = ways.open(address, port);
  await ready(socket, "connect", signal);
  checkPeer(socket, target);
  socket.setNoDelay(true);
  if (!isTls) return socket;
  const secure = connectTls({
    socket,
    host,
    servername: isLiteralAddress(host) ? "" : host,
    ALPNProtocols: ["http/1.1"],
    // Said here, as the environment could say otherwise.
    rejectUnauthorized: true,
    ...(ways.trusted === null ? {} : { ca: ways.trusted }),
  });
  await ready(secure, "secureConnect", signal);
  return secure;
};

const within = async <T>(
  milliseconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const own = new AbortController();
  const timer = setTimeout(() => own.abort(), milliseconds);
  try {
    return await work(AbortSignal.any([outer, own.signal]));
  } finally {
    clearTimeout(timer);
  }
};

/**
 * A socket to the target on which nothing was written yet but the TLS handshake. The name is resolved once, refused if
 * any of its addresses is not public, and the connection goes to one of these very addresses and is checked again.
 *
 * @throws AddressRefused, HttpNotSent
 */
export const guardedSocket = (target: Target, given: AbortSignal): Promise<Socket> =>
  within(target.timeoutMilliseconds, given, async (signal) => {
    const addresses = await orGivenUp(signal, addressesOf(target));
    const share = target.timeoutMilliseconds / addresses.length;
    let last: unknown = null;
    for (const address of addresses) {
      try {
        return await within(share, signal, (shorter) => connected(target, address, shorter));
      } catch (error) {
        if (error instanceof AddressRefused || signal.aborted) throw error;
        last = error;
      }
    }
    throw last;
  });
