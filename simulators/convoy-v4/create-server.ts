import type { Context } from "hono";
import * as z from "zod";
import { invalidInput, refused, serverError } from "../convoy/answers.ts";
import {
  array,
  atLeast,
  atMost,
  boolean,
  checkInput,
  existing,
  integer,
  maxLength,
  minLength,
  nullable,
  present,
  readInput,
  required,
  requiredIf,
  string,
  type Rules,
} from "../convoy/input.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { findNode, isUser, templates } from "./inventory.ts";
import { checkRoom, limitRules } from "./limits.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";

export const vmidRules = [nullable, integer, atLeast(100), atMost(999_999_999)];
export const nameRules = [string, minLength(1), maxLength(40)];
export const hostnameRules = [string, minLength(1), maxLength(191)];
export const userRules = [integer, existing(isUser)];

const rules: Rules = {
  name: [...nameRules, required],
  user_id: [...userRules, required],
  node_id: [integer, existing((id) => findNode(id) !== undefined), required],
  vmid: [present, ...vmidRules],
  hostname: [...hostnameRules, required],
  limits: [required],
  ...limitRules({ prefix: "limits.", counts: ["snapshots", "backups", "bandwidth"], addresses: [array] }),
  account_password: [string, minLength(8), maxLength(191), requiredIf("should_create_server", true)],
  should_create_server: [present, boolean],
  template_uuid: [string],
  start_on_completion: [present, boolean],
};

const truth = z.preprocess((value) => value === true || value === 1 || value === "1", z.boolean());
const nullableNumber = z.union([z.null(), z.coerce.number()]);

const fields = z.object({
  name: z.string(),
  user_id: z.coerce.number(),
  node_id: z.coerce.number(),
  vmid: nullableNumber,
  hostname: z.string(),
  limits: z.object({
    cpu: z.coerce.number(),
    memory: z.coerce.number(),
    disk: z.coerce.number(),
    snapshots: nullableNumber,
    backups: nullableNumber,
    bandwidth: nullableNumber,
    address_ids: z.array(z.coerce.number()).nullish(),
  }),
  should_create_server: truth,
  template_uuid: z.string().nullish(),
  start_on_completion: truth,
});

type Asked = z.infer<typeof fields>;

/**
 * The template of a build, found before anything is made.
 *
 * @throws Refusal 400 when it lies on another node, 404 when there is none, 422 by the setting.
 */
const checkTemplate = (parts: PanelParts, asked: Asked): void => {
  const template = templates.find(({ uuid }) => uuid === asked.template_uuid);
  if (asked.template_uuid != null && template === undefined) {
    throw invalidInput({ template_uuid: ["The selected template uuid is invalid."] });
  }
  if (template === undefined) {
    throw parts.settings.without_template === "422"
      ? invalidInput({ template_uuid: ["The template uuid field is required."] })
      : refused(404, "No query results for model [App\\Models\\Template].");
  }
  if (template.nodeId !== asked.node_id) {
    throw refused(400, "This template is not available on the node that was selected.");
  }
};

const recordOf = (parts: PanelParts, asked: Asked): ServerRecord => {
  const { address_ids: addressIds, ...limits } = asked.limits;
  const uuid = parts.holdings.freeUuid();
  return {
    id: uuid.slice(0, 8),
    uuid,
    number: parts.holdings.nextNumber(),
    nodeId: asked.node_id,
    userId: asked.user_id,
    vmid: asked.vmid ?? parts.holdings.freeVmid(),
    hostname: asked.hostname,
    name: asked.name,
    limits,
    buildLimits: null,
    addressIds: addressIds ?? [],
    createdAt: parts.world.clock.now(),
    statuses: [],
    landsAt: null,
    startsOnCompletion: asked.start_on_completion,
    goneAt: null,
    leavesGuest: false,
  };
};

/**
 * Makes a server's record and begins its build. The password is checked, and kept nowhere.
 *
 * @throws Refusal 400, 404, 422; 500 for a server without a build, whose record stays.
 */
export const createServer = async (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
): Promise<ServerRecord> => {
  const input = await readInput(context);
  checkInput(input, rules);
  const asked = fields.parse(input);
  const { memory, disk, address_ids: addressIds } = asked.limits;
  checkRoom(
    parts,
    { nodeId: asked.node_id, memory, disk, addressIds: addressIds ?? [] },
    { prefix: "limits." },
  );
  if (asked.should_create_server) {
    checkTemplate(parts, asked);
  }
  const server = recordOf(parts, asked);
  if (!asked.should_create_server && parts.settings.without_build === "error") {
    parts.holdings.servers.put(server);
    // The record is saved, though the answer is an error.
    throw serverError();
  }
  return parts.holdings.servers.put(asked.should_create_server ? parts.timeline.built(server) : server);
};
