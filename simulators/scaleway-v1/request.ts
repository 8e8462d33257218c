import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorEnv } from "../dialect.ts";
import { readJson, type Refusal } from "../wire.ts";
import { badParameter, badRequest } from "./errors.ts";
import type { V1Parts } from "./parts.ts";

const refusalOf = (issue: z.core.$ZodIssue | undefined, body: unknown): Refusal => {
  if (issue?.code === "unrecognized_keys") {
    const [key = ""] = issue.keys;
    return badParameter(key, `The parameter ${key} is unknown.`, "unknown_parameter");
  }
  const param = issue?.path[0];
  if (param === undefined) {
    return badRequest("The body is not a JSON object.");
  }
  const name = String(param);
  const given = typeof body === "object" && body !== null && Object.hasOwn(body, name);
  return given
    ? badParameter(name, `The parameter ${name} is not valid: ${issue?.message ?? ""}.`)
    : badParameter(name, `The parameter ${name} is missing.`, "missing_parameter");
};

/**
 * The body of a call, parsed. A parameter that the schema lacks is refused or read over, as the setting says.
 *
 * @throws Refusal 400 that names the first parameter which is wrong.
 */
export const readBody = async <Shape extends z.ZodRawShape>(
  parts: V1Parts,
  context: Context<SimulatorEnv>,
  shape: Shape,
): Promise<z.infer<z.ZodObject<Shape>>> => {
  const body = await readJson(context);
  if (body === undefined) {
    throw badRequest("The body is not valid JSON.");
  }
  const schema = z.object(shape);
  const parsed = (parts.settings.unknown_parameters === "refuse" ? schema.strict() : schema).safeParse(
    body.value,
  );
  if (!parsed.success) {
    throw refusalOf(parsed.error.issues[0], body.value);
  }
  return parsed.data;
};
