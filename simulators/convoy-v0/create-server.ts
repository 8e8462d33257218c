import type { Context } from "hono";
import * as z from "zod";
import {
  array,
  boolean,
  checkInput,
  existing,
  maxItems,
  maxLength,
  minLength,
  numeric,
  oneOf,
  readInput,
  required,
  requiredIf,
  requiredWith,
  type Rules,
} from "../convoy/input.ts";
import type { SimulatorEnv } from "../dialect.ts";
import { rows } from "./inventory.ts";
import type { PanelParts } from "./parts.ts";
import type { ServerRecord } from "./records.ts";

/** The rules of the document, in its order. */
const rules: Rules = {
  type: [oneOf(["new", "existing"]), required],
  name: [minLength(1), maxLength(40)],
  node_id: [existing(rows.node), required],
  user_id: [existing(rows.user), required],
  vmid: [numeric, requiredIf("type", "existing")],
  template_id: [existing(rows.template), requiredIf("type", "new")],
  is_template: [boolean, requiredIf("type", "existing")],
  is_visible: [boolean, requiredWith("is_template")],
  addresses: [array, maxItems(2)],
  "addresses.*": [existing(rows.address)],
};

const truth = z.preprocess((value) => value === true || value === 1 || value === "1", z.boolean());

const fields = z.object({
  type: z.enum(["new", "existing"]),
  name: z.string().nullable().default(null),
  node_id: z.coerce.number(),
  user_id: z.coerce.number(),
  vmid: z.coerce.number().optional(),
  template_id: z.coerce.number().nullable().default(null),
  is_template: truth,
  is_visible: truth,
  addresses: z.array(z.coerce.number()).default([]),
});

/** What a server was asked for as: a build, or a record of a machine that is there. */
export interface MadeServer {
  server: ServerRecord;
  isBuilt: boolean;
}

/**
 * Makes a server's record; a `new` one's build is queued.
 *
 * @throws Refusal 422
 */
export const createServer = async (
  parts: PanelParts,
  context: Context<SimulatorEnv>,
): Promise<MadeServer> => {
  const input = await readInput(context);
  checkInput(input, rules);
  const asked = fields.parse(input);
  const vmid = asked.vmid ?? parts.holdings.freeVmid();
  const isBuilt = asked.type === "new";
  const build = isBuilt ? parts.builds.queue({ name: asked.name ?? "", nodeId: asked.node_id, vmid }) : null;
  const server = parts.holdings.servers.put({
    id: String(parts.holdings.nextNumber()),
    vmid,
    name: asked.name,
    userId: asked.user_id,
    nodeId: asked.node_id,
    templateId: asked.template_id,
    addresses: asked.addresses,
    isTemplate: asked.is_template,
    isVisible: asked.is_visible,
    createdAt: parts.world.clock.now(),
    build,
    lostPatches: 0,
  });
  return { server, isBuilt };
};
