import * as z from "zod";
import type { View } from "./printer.ts";

/** An item of a bulk job, as far as it is shown; whatever else the API says of it is kept. */
export const itemSchema = z.looseObject({
  key: z.string(),
  name: z.string().nullish(),
  line: z.number().nullish(),
  state: z.string(),
  attempts: z.number().nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
  server_id: z.string().nullish(),
  operation_id: z.string().nullish(),
});
type Item = z.infer<typeof itemSchema>;

export const itemView: View<Item> = {
  columns: [
    { name: "name", value: ({ name, key }) => name ?? key },
    { name: "state", value: ({ state }) => state },
    { name: "server_id", value: ({ server_id: id }) => id ?? "", isWhole: true },
    { name: "code", value: ({ code }) => code ?? "" },
  ],
  more: [
    { name: "line", value: ({ line }) => String(line ?? "") },
    { name: "key", value: ({ key }) => key },
    { name: "attempts", value: ({ attempts }) => String(attempts ?? "") },
    { name: "operation_id", value: ({ operation_id: id }) => id ?? "" },
    { name: "message", value: ({ message }) => message ?? "" },
  ],
  id: ({ server_id: id, key }) => id ?? key,
};
