import { isObject, type Json } from "../operation/json.ts";

/** The type of a server as the Scaleway APIs tell it: `commercial_type`, in one document `type`. */
export const commercialTypeOf = (server: Json): string | null => {
  const type = isObject(server) ? (server["commercial_type"] ?? server["type"]) : null;
  return typeof type === "string" && type !== "" ? type : null;
};
