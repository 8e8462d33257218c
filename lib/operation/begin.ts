import { announce } from "./announce.ts";
import { horizonSeconds, proofIntervalSeconds, type Assumed } from "./bounds.ts";
import { peoplesTags } from "./marker.ts";
import type { JsonObject } from "./json.ts";
import type { Kind } from "./kind.ts";
import { creates } from "./kind.ts";
import type { Operation, Resource, Step } from "./operation.ts";
import { instant } from "./time.ts";

/** Seconds that a kind has to reach an end, unless its connection says otherwise. */
const usualDeadlines: Partial<Record<Kind, number>> = {
  "server.create": 1800,
  "server.start": 1200,
  "server.stop": 3600,
  "server.delete": 3600,
};
const usualDeadline = 1200;

/** A request that has passed validation. */
export interface Accepted {
  readonly id: string;
  readonly fingerprint: string;
  readonly kind: Kind;
  readonly connection: string;
  readonly input: JsonObject;
  readonly resource: Resource | null;
  readonly steps: readonly Pick<Step, "name" | "mode" | "goal" | "removal" | "note">[];
  readonly deadlineSeconds: number | null;
  /** Whether what it makes will bear our marker. */
  readonly isMarked: boolean;
  /** A call that shows no effect for so many seconds is taken as not carried out. */
  readonly graceSeconds: number;
  readonly assumed: Assumed;
  /** Who has asked for it, and in which request; left out where nobody has by HTTP. */
  readonly requestedBy?: string;
  readonly requestId?: string;
}

const nameIn = (input: JsonObject): string | null =>
  typeof input["name"] === "string" ? input["name"] : null;

const tagsIn = ({ tags }: JsonObject): string[] =>
  Array.isArray(tags) ? peoplesTags(tags.filter((tag) => typeof tag === "string")) : [];

/** The first state of an operation, with its first event in the outbox. */
export const begin = (request: Accepted, now: number): Operation =>
  announce(
    {
      id: request.id,
      version: 1,
      kind: request.kind,
      connection: request.connection,
      fingerprint: request.fingerprint,
      input: request.input,
      choice: 0,
      resource: request.resource,
      resource_name: creates(request.kind) ? nameIn(request.input) : null,
      tags: tagsIn(request.input),
      made_by: null,
      is_sighted: false,
      steps: request.steps.map((step) => ({ ...step, state: "pending", started_at: null, ended_at: null })),
      call: null,
      doubt: null,
      setback: null,
      doubted_creates: 0,
      hold_until: null,
      waits_for: null,
      volumes: [],
      task: null,
      evidence: [],
      bulk_job: null,
      schedule: null,
      requested_by: request.requestedBy ?? null,
      request_id: request.requestId ?? null,
      created_at: instant(now),
      updated_at: instant(now),
      horizon_seconds: horizonSeconds(request.assumed),
      is_marked: request.isMarked,
      grace_seconds: request.graceSeconds,
      proof_interval_seconds: proofIntervalSeconds(request.assumed),
      deadline_seconds: request.deadlineSeconds ?? usualDeadlines[request.kind] ?? usualDeadline,
      deadline_at: null,
      event_count: 0,
      sequence: 0,
      resource_sequence: creates(request.kind) ? 0 : null,
      outbox: [],
      is_owed: false,
      is_led: false,
      state: "accepted",
      error: null,
      ended_at: null,
    },
    "operation.accepted",
  );
