import { Hono } from "hono";
import type { Context } from "hono";
import * as z from "zod";
import type { SimulatorControl } from "./control.ts";
import type { SimulatorEnv } from "./dialect.ts";
import { faultSchema } from "./faults.ts";
import { json, readJson } from "./wire.ts";

const humanEdit = z.strictObject({
  name: z.string().min(1).optional(),
  tags: z.array(z.string()).optional(),
  state: z.string().optional(),
});

const asText = (error: unknown): string => {
  if (error instanceof z.ZodError) {
    return error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  }
  return error instanceof Error ? error.message : String(error);
};

/** Parses the body, does it, and says in plain words what was wrong with it otherwise. */
const withBody = async <T>(
  context: Context<SimulatorEnv>,
  schema: z.ZodType<T>,
  then: (body: T) => Response,
): Promise<Response> => {
  try {
    return then(schema.parse((await readJson(context))?.value));
  } catch (error) {
    return json(400, { message: asText(error) });
  }
};

const shownCalls = (control: SimulatorControl, after: number, match: string | undefined) =>
  control
    .calls()
    .filter((call) => call.number > after && (match === undefined || call.route.includes(match)))
    .slice(0, 10_000);

const missing = (): Response => json(404, { message: "not found" });

/** `/_simulator/…`: never among the provider's own paths, never delayed, limited, spoilt or logged. */
export const controlRoutes = (dialectName: string, control: SimulatorControl): Hono<SimulatorEnv> => {
  const routes = new Hono<SimulatorEnv>();
  routes.get("/", () =>
    json(200, {
      dialect: dialectName,
      servers: control.servers().length,
      faults: control.faults(),
      counts: control.counts(),
    }),
  );
  routes.get("/faults", () => json(200, { faults: control.faults() }));
  routes.post("/faults", (c) =>
    withBody(c, faultSchema, (fault) => json(201, { id: control.addFault(fault) })),
  );
  routes.delete("/faults", () => {
    control.clearFaults();
    return json(200, { faults: [] });
  });
  routes.delete("/faults/:id", (c) =>
    control.removeFault(c.req.param("id")) ? json(200, { faults: control.faults() }) : missing(),
  );
  routes.get("/calls", (c) =>
    json(200, {
      total: control.calls().length,
      counts: control.counts(),
      calls: shownCalls(control, Number(c.req.query("after") ?? 0), c.req.query("route")),
    }),
  );
  routes.delete("/calls", () => {
    control.clearCalls();
    return json(200, { total: 0, counts: {}, calls: [] });
  });
  routes.get("/servers", () => json(200, { servers: control.servers() }));
  routes.delete("/servers/:id", (c) =>
    control.removeServer(c.req.param("id")) ? json(200, { removed: c.req.param("id") }) : missing(),
  );
  routes.patch("/servers/:id", (c) =>
    withBody(c, humanEdit, (edit) => {
      const id = c.req.param("id");
      return control.editServer(id, edit)
        ? json(200, { server: control.servers().find((server) => server.id === id) })
        : missing();
    }),
  );
  routes.all("*", missing);
  return routes;
};
