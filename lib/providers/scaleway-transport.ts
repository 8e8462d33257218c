import type { Connection } from "../connection.ts";
import type { AdapterPorts } from "./adapter-ports.ts";
import { requestIdOf } from "./scaleway-error-body.ts";
import { errorOf } from "./scaleway-refusal.ts";
import { createTransport, type Transport, type WireLanguage } from "./transport.ts";

const scalewayWire: WireLanguage = {
  headers: (secret) => ({ "X-Auth-Token": secret }),
  requestIdOf,
  errorOf,
};

/** The transport of a connection to one of the Scaleway APIs: their token header, their errors. */
export const createScalewayTransport = (connection: Connection, ports: AdapterPorts): Transport =>
  createTransport(connection, ports, scalewayWire);
