import * as z from "zod";
import { mayDo, scopes, type Caller } from "../access/caller.ts";
import {
  isNameBelow,
  keyNameSchema,
  scopeListSchema,
  usualRequestsPerMinute,
  type Key,
} from "../access/key.ts";
import { networkSchema } from "../access/network.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";
import { nearest } from "../operation/nearest.ts";
import { invalid, type RequestFault } from "./request-refused.ts";

/** Body of `POST /v1/keys`. */
export const keyRequestSchema = z
  .strictObject({
    name: keyNameSchema,
    scopes: scopeListSchema,
    connections: z
      .array(z.string().min(1).max(40))
      .min(1, { error: "must name at least one connection; leave it out for all" })
      .max(100)
      .exactOptional(),
    networks: z
      .array(networkSchema)
      .min(1, { error: "must name at least one network; leave it out for any" })
      .max(50)
      .exactOptional(),
    expires_at: z.iso.datetime({ offset: true }).exactOptional(),
    expires_in_days: z.int().min(1).max(3650).exactOptional(),
    requests_per_minute: z.int().min(1).max(60_000).exactOptional(),
  })
  .refine((body) => body.expires_at === undefined || body.expires_in_days === undefined, {
    error: "goes without expires_at only",
    path: ["expires_in_days"],
  })
  .meta({ id: "KeyRequest" });
export type KeyRequest = z.infer<typeof keyRequestSchema>;

type CheckPorts = Pick<Ports, "providers" | "clock">;

const connectionFaults = (
  { connections: asked }: KeyRequest,
  caller: Caller,
  { providers }: Pick<Ports, "providers">,
): RequestFault[] => {
  const names = providers.connections().map(({ name }) => name);
  const known = names.length === 0 ? "none is configured" : `there is ${names.join(", ")}`;
  if (asked === undefined)
    return caller.connections === null
      ? []
      : [{ pointer: "/connections", detail: `required: your key is limited to connections; ${known}` }];
  return asked.flatMap((name, index) => {
    const pointer = `/connections/${index}`;
    if (asked.indexOf(name) !== index) return [{ pointer, detail: "is given twice" }];
    if (providers.connection(name) !== null) return [];
    const meant = nearest(name, names);
    return [
      { pointer, detail: `unknown connection; ${meant === null ? known : `did you mean "${meant}"?`}` },
    ];
  });
};

/** A key limited to connections stays below its own name, so that nobody's idempotency keys meet another's. */
const nameFaults = ({ name }: KeyRequest, { client, connections }: Caller): RequestFault[] => {
  if (connections === null || isNameBelow(client, name)) return [];
  const detail = `your key is limited to connections: it makes keys named "${client ?? ""}", or "${client ?? ""}." and more`;
  return [{ pointer: "/name", detail }];
};

const scopeFaults = ({ scopes: asked }: KeyRequest, caller: Caller): RequestFault[] =>
  asked.flatMap((scope, index) =>
    mayDo(caller, scope)
      ? []
      : [
          {
            pointer: `/scopes/${index}`,
            detail: `your key may give only ${scopes.filter((one) => mayDo(caller, one)).join(", ")}`,
          },
        ],
  );

const dayMilliseconds = 86_400_000;

const expiryOf = ({ expires_at: at, expires_in_days: days }: KeyRequest, now: number): string | null => {
  if (days !== undefined) return instant(now + days * dayMilliseconds);
  return at === undefined ? null : instant(Date.parse(at));
};

/** What a key is to be, checked. @throws RequestRefused 422 with every fault */
export const checkedKey = (body: KeyRequest, caller: Caller, ports: CheckPorts): Omit<Key, "id" | "hash"> => {
  const now = ports.clock.now();
  const expiresAt = expiryOf(body, now);
  const faults = [
    ...nameFaults(body, caller),
    ...scopeFaults(body, caller),
    ...connectionFaults(body, caller, ports),
    ...(expiresAt !== null && Date.parse(expiresAt) <= now
      ? [{ pointer: "/expires_at", detail: "must be in the future" }]
      : []),
  ];
  if (faults.length > 0) throw invalid(faults);
  return {
    name: body.name,
    scopes: body.scopes,
    connections: body.connections ?? null,
    networks: body.networks ?? null,
    requests_per_minute: body.requests_per_minute ?? usualRequestsPerMinute,
    expires_at: expiresAt,
    created_at: instant(now),
    created_by: caller.id,
    last_used_on: null,
    revoked_at: null,
  };
};
