import type { Connection } from "../connection.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { errorOf, requestIdOf } from "./convoy-refusal.ts";
import { createTransport, rootOf, type Transport } from "./transport.ts";

/**
 * The transport of a connection to a Convoy panel. `authorization` makes the header's value of the secret: as it stands
 * in the first version, with `Bearer` before it today.
 */
export const createConvoyTransport = (
  connection: Connection,
  ports: AdapterPorts,
  authorization: (secret: string) => string,
): Transport =>
  createTransport(connection, ports, {
    headers: (secret) => ({ Authorization: authorization(secret) }),
    requestIdOf,
    errorOf,
  });

/** The panel's host. Each panel has its own, so `checkPanelUrl` demands it of every connection. */
export const panelRoot = ({ api_url: url }: Connection): string => rootOf(url ?? "");

/** The path of the application API's servers and what is below them. */
export const serversPath = (...below: readonly string[]): readonly string[] => [
  "api",
  "application",
  "servers",
  ...below,
];

/** Panels are hosted by whoever runs them: there is no usual place. */
export const checkPanelUrl = (connection: Connection): { field: string; detail: string } | null =>
  connection.api_url === undefined
    ? { field: "api_url", detail: "is required: the root of the panel, such as https://panel.example" }
    : null;
