import * as z from "zod";

const word = z.string().nullish();
const idSchema = z.union([z.string().min(1), z.number().transform(String)]);

/** Anything that this API keeps under an id. The document shows hardly more of it than that. */
export const thingSchema = z.looseObject({
  id: idSchema,
  name: word,
  creation_date: word,
  created_at: word,
});
export type V1Thing = z.infer<typeof thingSchema>;

/** A server: `id`, `image_id` and `name` are in the document's example, `state` in its words ("default state:off"). */
export const serverSchema = thingSchema.extend({
  state: word,
  image_id: word,
  /** Ids, or objects that have one; by place, or in a list. */
  volumes: z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
});
export type V1Server = z.infer<typeof serverSchema>;

const answerSchema = z.record(z.string(), z.unknown());

/**
 * What an answer holds under a key; null where the answer is an object without it, as that to a create may be. One that
 * is there and can't be read is a fault.
 */
export const enveloped = <T>(key: string, schema: z.ZodType<T>): z.ZodType<T | null> =>
  answerSchema.transform((answer, context) => {
    const value = answer[key] ?? null;
    if (value === null) return null;
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    context.addIssue({ code: "custom", path: [key], message: "is of another shape" });
    return z.NEVER;
  });

const record = z.record(z.string(), z.unknown());
/** The document's example of a list has braces, which may stand for a list or be an object by ids. */
const bag = z.union([z.array(z.unknown()), record.transform((things) => Object.values(things))]);

/** The things of a list, each still to be parsed by itself. */
export const listed = (key: string): z.ZodType<readonly unknown[]> =>
  z.looseObject({ [key]: bag }).transform((answer) => bag.parse(answer[key]));

const actionSchema = z.union([
  z.string(),
  z.looseObject({ name: z.string() }).transform(({ name }) => name),
  z.looseObject({ action: z.string() }).transform(({ action }) => action),
]);

/** `GET /servers/{id}/action`: the words that can be sent. */
export const actionsEnvelope = z.looseObject({ actions: z.array(actionSchema) });

/**
 * Whether a 2xx to a change can be read as "yes": the document gives such answers no shape, so any JSON will do, or no
 * body at all. A page of HTML, or one that breaks off, may have come from anybody.
 */
export const saysYes = (body: string): boolean => {
  if (body.trim() === "") return true;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
};
