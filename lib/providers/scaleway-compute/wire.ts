import * as z from "zod";
import { taskSchema } from "../scaleway-server.ts";
import { volumeSchema } from "../scaleway-volume.ts";

/** `GET /tasks/{id}`. */
export const taskEnvelope = z.looseObject({ task: taskSchema });

/** `POST /volumes`. */
export const newVolumeEnvelope = z.looseObject({ volume: volumeSchema });

/** `GET /volumes/{id}`: one volume; the document's example shows a list, so both are read. */
export const volumeEnvelope = z.union([newVolumeEnvelope, z.looseObject({ volumes: z.array(volumeSchema) })]);

/** `GET /volumes`. */
export const volumeListEnvelope = z.looseObject({ volumes: z.array(volumeSchema) });
