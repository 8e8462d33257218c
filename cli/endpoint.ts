import { exitCodes } from "./exit-codes.ts";
import { CliFailure, misused } from "./failure.ts";
import type { Flags } from "./global-flags.ts";
import type { World } from "./world.ts";

const defaultEndpoint = "http://127.0.0.1:8484";
const localKey = "swy_dev_local";

/** Where the API is, and how it knows us. */
export interface Access {
  /** Without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Where the key is from, for people. */
  readonly keyFrom: string;
  readonly isLoopback: boolean;
}

const loopbackPattern = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

const readUrl = (text: string, from: string): URL => {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw misused(`${from} is not the address of an API: ${text}`, "Write it as http://127.0.0.1:8484.");
  if (url.username !== "" || url.password !== "")
    throw misused(`${from} holds a user name or password`, "The key goes into SWITCHYARD_API_KEY.");
  return url;
};

/** @throws CliFailure when the address is none, or there is no key for it */
export const accessFor = (flags: Pick<Flags, "endpoint">, { environment }: World): Access => {
  const fromEnvironment = environment["SWITCHYARD_URL"];
  const named = flags.endpoint ?? (fromEnvironment === "" ? undefined : fromEnvironment);
  const url = readUrl(
    named ?? defaultEndpoint,
    flags.endpoint === undefined ? "SWITCHYARD_URL" : "--endpoint",
  );
  const isLoopback = loopbackPattern.test(url.hostname);
  const address = `${url.origin}${url.pathname === "/" ? "" : url.pathname.replace(/\/+$/, "")}`;
  const key = environment["SWITCHYARD_API_KEY"];
  if (key !== undefined && key !== "")
    return { url: address, key, keyFrom: "that of SWITCHYARD_API_KEY", isLoopback };
  if (isLoopback) return { url: address, key: localKey, keyFrom: `${localKey}, the local one`, isLoopback };
  throw new CliFailure({
    exitCode: exitCodes.auth,
    code: "NO_KEY",
    message: `There is no key for ${address}`,
    why: ["SWITCHYARD_API_KEY is not set; only an API on this machine is asked without it."],
    fix: ["export SWITCHYARD_API_KEY=…"],
    docs: "switchyard help environment",
  });
};
