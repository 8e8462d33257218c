import * as z from "zod";
import { jsonSchema } from "../../operation/json.ts";

const word = z.string().nullish();

/**
 * A server of the draft. Only what we use is looked at, and all of it is kept: a PUT wants the whole object back.
 * `running` is what tells how it stands; anything but true or false is a word that we don't know.
 */
export const serverSchema = z
  .object({
    id: z.string().min(1),
    name: word,
    organization: word,
    running: jsonSchema.optional(),
    tags: z.array(z.string()).nullish(),
    volumes: z.array(jsonSchema).nullish(),
  })
  .catchall(jsonSchema);
export type DraftServer = z.infer<typeof serverSchema>;

/** `GET /servers/{id}`. */
export const serverEnvelope = z.looseObject({ server: serverSchema });

/** `GET /servers`; each is parsed by itself, so that one odd server does not hide the others. */
export const serverListEnvelope = z.looseObject({ servers: z.array(z.unknown()) });

/** An entry of a server's `volumes`. */
export const volumeEntrySchema = z.looseObject({ id: z.string().min(1) });

/** `GET /servers/{id}/action`. */
export const actionsEnvelope = z.looseObject({ actions: z.array(z.string()) });

/** The answer to every change: an object that says nothing. */
export const emptyAnswer = z.looseObject({});

/** Whether a 2xx can be read as "yes": an object, or no body at all (an action may answer 204). */
export const saysYes = (body: string): boolean => {
  if (body.trim() === "") return true;
  try {
    return emptyAnswer.safeParse(JSON.parse(body)).success;
  } catch {
    return false;
  }
};
