import * as z from "zod";
import { currentStep, type Operation } from "../operation/operation.ts";
import { changeByRequest, type RequestPorts } from "./change-by-request.ts";
import { invalid, RequestRefused } from "./request-refused.ts";

/** Body of `POST /v1/operations/{id}/resolve`: what a person has decided. */
export const resolutionSchema = z
  .strictObject({
    as: z.enum(["adopt", "abandon", "retry"], { error: 'must be "adopt", "abandon" or "retry"' }),
    resource_id: z
      .string()
      .min(1, { error: "must not be empty" })
      .max(200, { error: "must have at most 200 characters" })
      .regex(/^\P{Cc}*$/u, { error: "must not hold control characters" })
      .optional(),
  })
  .refine(({ as, resource_id: id }) => id === undefined || as === "adopt", {
    error: 'goes with "as": "adopt" only',
    path: ["resource_id"],
  })
  .meta({ id: "Resolution" });
export type Resolution = z.infer<typeof resolutionSchema>;

const notNeeded = ({ id, state }: Operation): RequestRefused =>
  new RequestRefused({
    status: 409,
    code: "NOT_NEEDING_ATTENTION",
    title: "The operation does not need attention",
    detail: `Operation ${id} is ${state}; only one in needs_attention can be resolved.`,
    hint: `GET /v1/operations/${id} shows how it stands; somebody may have resolved it already.`,
  });

/** Applies a person's decision to an operation that needs attention. @throws RequestRefused 404, 409, 422 */
export const resolveOperation = (
  id: string,
  { as, resource_id: resourceId }: Resolution,
  ports: RequestPorts,
): Promise<Operation> =>
  changeByRequest(
    id,
    (operation) => {
      if (operation.state !== "needs_attention") throw notNeeded(operation);
      const isUnmade = currentStep(operation)?.name === "create";
      if (as === "adopt" && isUnmade && resourceId === undefined) {
        throw invalid([{ pointer: "/resource_id", detail: "required: the id of the resource to adopt" }]);
      }
      if (resourceId !== undefined && !isUnmade) {
        throw invalid([{ pointer: "/resource_id", detail: "only for a create that has no resource yet" }]);
      }
      return { type: "resolve_requested", as, resourceId: resourceId ?? null };
    },
    ports,
  );
