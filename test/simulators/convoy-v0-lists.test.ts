import { afterEach, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import type { SimulatorOptions } from "../../simulators/start-simulator.ts";
import { startPanel, type Panel } from "./panel-talk.ts";

let panel: Panel;
beforeEach(async () => {
  panel = await startPanel();
});
afterEach(() => panel.close());

const again = async (options: Partial<SimulatorOptions>) => {
  await panel.close();
  panel = await startPanel(options);
};

describe("a list", () => {
  test("has 50 items a page, and as many as are asked for", async () => {
    for (let index = 0; index < 52; index += 1) await panel.made({ name: `web-${index}` });
    const first = await panel.call("GET");
    expect(first.body).toMatchObject({
      meta: {
        pagination: {
          total: 52,
          count: 50,
          per_page: 50,
          current_page: 1,
          total_pages: 2,
          links: { next: `${panel.url}/api/application/servers?page=2` },
        },
      },
    });
    expect((await panel.call("GET", "?page=2")).body).toMatchObject({
      data: [{ id: 51 }, { id: 52 }],
      meta: { pagination: { count: 2, links: { previous: expect.stringContaining("page=1") } } },
    });
    expect((await panel.call("GET", "?per_page=1000")).body).toMatchObject({
      meta: { pagination: { count: 52, links: {} } },
    });
  });

  test("links to the host of the document where it is told to", async () => {
    await again({ settings: { links: "foreign" } });
    await panel.made();
    await panel.made();
    expect((await panel.call("GET", "?per_page=1")).body).toMatchObject({
      meta: {
        pagination: {
          links: { next: "http://tw-west.performave.com/api/application/servers?per_page=1&page=2" },
        },
      },
    });
  });

  test.for<readonly [query: string, ids: readonly number[], why: string]>([
    ["filter[name]=web", [1, 2], "a part of the name is enough"],
    ["filter[name]=WEB-1", [1], "whatever its case"],
    ["filter[user_id]=1", [1, 2], "1 is within 10"],
    ["filter[vmid]=4716", [3], "numbers are texts to a filter"],
    ["filter[name]=db,web-2", [2, 3], "commas separate alternatives"],
    ["filter[installing]=1", [], "a build that waits is 0"],
    ["sort=-id", [3, 2, 1], "the order is turned round"],
  ])("with %s shows %j: %s", async ([query, ids]) => {
    await panel.made({ name: "web-1", user_id: 1, vmid: 7001 });
    await panel.made({ name: "web-2", user_id: 10, vmid: 7002 });
    await panel.made({ name: "db", user_id: 2, vmid: 4716, type: "existing", is_template: 0, is_visible: 1 });
    const listed = z.object({ data: z.array(z.object({ id: z.number() })) });
    const { data } = listed.parse((await panel.call("GET", `?${query}`)).body);
    expect(data.map(({ id }) => id)).toEqual(ids);
  });

  test.for(["filter[colour]=red", "sort=name"])("refuses %s", async (query) => {
    expect((await panel.call("GET", `?${query}`)).status).toBe(400);
  });

  test("that lags doesn't show what was made just now", async () => {
    panel.control.addFault({ name: "stale_list", milliseconds: 5000 });
    await panel.made();
    expect((await panel.call("GET")).body).toMatchObject({ data: [] });
    panel.clock.advance(6);
    expect((await panel.call("GET")).body).toMatchObject({ data: [{ id: 1 }] });
  });
});
