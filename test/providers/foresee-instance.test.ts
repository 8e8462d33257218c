import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/operation/json.ts";
import type { Foresight } from "../../lib/ports/foresight.ts";
import { publicImages } from "../../simulators/scaleway/public-images.ts";
import { startSimulator, type Simulator } from "../../simulators/start-simulator.ts";
import { newMarker } from "./contract-room.ts";
import { talkTo } from "./instance-talk.ts";
import { openProvider } from "./open-provider.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ dialect: "scaleway-instance", seed: 6 });
});
afterAll(() => simulator.close());
beforeEach(() => {
  simulator.control.clearFaults();
  for (const { id } of simulator.control.servers()) simulator.control.removeServer(id);
  simulator.control.clearCalls();
});

const organization = "105bdce1-64c0-48ab-899d-868455867ecf";
const ofOrganization = { project: undefined, organization };
const input: JsonObject = { type: "DEV1-S", image: "ubuntu_noble" };
const nobody = "99999999-9999-4999-8999-999999999999";

type Opened = ReturnType<typeof openProvider>;
const open = (more: Readonly<Record<string, unknown>> = {}, url = simulator.url): Opened =>
  openProvider("scaleway-instance", url, { ...ofOrganization, ...more });
const foresee = async (
  opened: Opened,
  ...groups: readonly { readonly input: JsonObject; readonly count: number }[]
): Promise<Foresight> => {
  const told = await opened.provider.foresee?.(groups);
  if (told === undefined) throw new Error("it foresees nothing");
  return told;
};
const of = (fields: JsonObject, count = 1) => ({ input: { ...input, ...fields }, count });
const calls = () => simulator.control.calls().filter(({ method }) => method !== "OPTIONS");

describe("what is asked for and exists", () => {
  it("has no fault and no warning, and the price, stock and month that the provider tells", async () => {
    const told = await foresee(open(), of({}, 25), of({ type: "GP1-XS" }, 2));
    expect(told).toEqual({
      faults: [],
      warnings: [],
      quotas: [],
      stock: { "DEV1-S in fr-par-1": "available", "GP1-XS in fr-par-1": "available" },
      costs: [
        {
          type: { hour: 0.008976, month: 0.008976 * 730 },
          beside: { gigabytes: 0, addresses: 1, isWhole: false },
        },
        {
          type: { hour: 0.09282, month: 0.09282 * 730 },
          beside: { gigabytes: 0, addresses: 1, isWhole: false },
        },
      ],
    });
  });

  it("costs five reads for ten thousand servers, and nothing but reads", async () => {
    await foresee(open(), of({}, 10_000));
    expect(calls().every(({ method }) => method === "GET")).toBe(true);
    expect(calls().map(({ path }) => path.split("?")[0])).toHaveLength(5);
  });

  it("costs no more reads for a thousand groups that differ in nothing that the provider knows", async () => {
    const groups = Array.from({ length: 1000 }, (_, index) => of({ admin_password: `key-${index}` }));
    expect((await foresee(open(), ...groups)).costs).toHaveLength(1000);
    expect(calls()).toHaveLength(5);
  });
});

describe("what does not exist", () => {
  it.each<readonly [string, JsonObject, readonly string[], RegExp]>([
    ["a type", { type: "DEV9-S" }, ["type"], /no type DEV9-S in fr-par-1/],
    [
      "a type under the wire's name",
      { type: null, commercial_type: "DEV9-S" },
      ["commercial_type"],
      /no type DEV9-S/,
    ],
    ["the type of an alternative", { fallback: [{ type: "DEV9-S" }] }, ["fallback", "0", "type"], /DEV9-S/],
    ["a label", { image: "ubuntu_nobel" }, ["image"], /no image ubuntu_nobel in fr-par-1/],
    [
      "a label for local storage of a type that has none",
      { type: "PRO2-XXS", volumes: { "0": { volume_type: "l_ssd" } } },
      ["image"],
      /not made for PRO2-XXS/,
    ],
    ["an image's id", { image: nobody }, ["image"], /no image 9{8}/],
    ["a security group", { security_group: nobody }, ["security_group"], /no security group/],
    ["a placement group", { placement_group: nobody }, ["placement_group"], /no placement group/],
    ["an address", { public_ips: [{ type: "routed_ipv4" }, nobody] }, ["public_ips", "0"], /no address/],
    ["a volume, in either API", { volumes: { "1": { id: nobody } } }, ["volumes", "1", "id"], /no volume/],
  ])("%s is a fault with its place, of the group that names it", async (_what, fields, field, detail) => {
    const { type, ...rest } = fields;
    const wrong = of(rest);
    const asked =
      type === null
        ? { ...wrong, input: { image: "ubuntu_noble", ...rest } }
        : of(type === undefined ? rest : { ...rest, type });
    const { faults } = await foresee(open(), of({}, 3), asked);
    expect(faults).toEqual([{ of: 1, field, detail: expect.stringMatching(detail) }]);
  });

  it("is not said of what does exist", async () => {
    const talk = talkTo(simulator);
    const [image] = publicImages("fr-par-1");
    const fields = {
      image: image?.id ?? "",
      security_group: await talk.makeSecurityGroup("web"),
      placement_group: await talk.makePlacementGroup("apart"),
      public_ips: [await talk.makeIp()],
      volumes: { "1": { id: await talk.makeBlockVolume("data") } },
    };
    expect(await foresee(open(), of(fields))).toMatchObject({ faults: [], warnings: [] });
  });

  it("in the zone of an alternative is told with that zone", async () => {
    const opened = open({ fallback_zones: ["nl-ams-1"] });
    const { faults, stock } = await foresee(opened, of({ fallback: [{ zone: "nl-ams-1" }] }));
    expect(faults).toEqual([]);
    expect(stock).toEqual({ "DEV1-S in fr-par-1": "available", "DEV1-S in nl-ams-1": "available" });
  });

  it("is asked for once, and for twenty things at most", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => nobody.replace(/^9{8}/, String(10_000_000 + index)));
    const groups = ids.flatMap((id) => [of({ image: id }), of({ image: id, type: "DEV1-M" })]);
    const { faults, warnings } = await foresee(open(), ...groups);
    expect(faults).toHaveLength(40);
    expect(warnings).toEqual([
      { code: "UNCHECKED", detail: "10 of 30 things that are named by their ids were not looked for." },
    ]);
    expect(calls().filter(({ path }) => path.includes("/images/"))).toHaveLength(20);
  });
});

describe("stock and quota", () => {
  it("name a shortage once for all groups, in the zone that has it", async () => {
    simulator.control.addFault({ name: "out_of_stock", match: "POST */zones/fr-par-1/servers" });
    const opened = open({ fallback_zones: ["nl-ams-1"] });
    const told = await foresee(
      opened,
      of({ fallback: [{ zone: "nl-ams-1" }] }, 3),
      of({ image: "debian_trixie" }, 2),
    );
    expect(told.warnings).toEqual([
      {
        code: "STOCK_SHORTAGE",
        detail: "DEV1-S in fr-par-1: the provider shows a shortage, and 5 are asked for",
      },
    ]);
    expect(told.stock).toEqual({ "DEV1-S in fr-par-1": "shortage", "DEV1-S in nl-ams-1": "available" });
    expect(told.faults).toEqual([]);
  });

  it.each([
    ["an organization", {}],
    ["a project, whose servers tell whose it is", { project: organization, organization: undefined }],
  ])("tell the limit, what is in use and what is wanted of a connection to %s", async (_of, more) => {
    simulator.control.addFault({ name: "server_quota", items: 22, type: "DEV1-S" });
    const opened = open(more);
    for (let made = 0; made < 2; made += 1)
      await opened.provider.send({
        do: "create",
        kind: "server.create",
        input: { ...input, name: "web" },
        marker: newMarker(),
      });
    const { quotas, warnings } = await foresee(
      open(more),
      of({}, 20),
      of({ image: "docker" }, 5),
      of({ type: "DEV1-M" }, 9),
    );
    const name = "cp_servers_type_DEV1_S";
    expect(quotas).toEqual([
      {
        key: `${name}/fr-par-1`,
        name,
        counts: "DEV1-S",
        zone: "fr-par-1",
        limit: 22,
        used: 2,
        wanted: 25,
      },
    ]);
    expect(warnings).toEqual([]);
  });

  it("of a project without servers can't be told, and that is said", async () => {
    const { warnings } = await foresee(open({ project: organization, organization: undefined }), of({}));
    expect(warnings).toEqual([
      {
        code: "UNCHECKED",
        // Not that `organization` can be set: a connection takes that or a project.
        detail:
          "The quota of DEV1-S in fr-par-1 could not be checked. whose project it is stands in its servers, and it has none yet: its first one tells",
      },
    ]);
  });
});

describe("what can't be asked is a warning and stands in nobody's way", () => {
  it.each<readonly [string, Parameters<Simulator["control"]["addFault"]>[0], RegExp]>([
    [
      "a key that may not read quotas",
      { name: "error", type: "permissions_denied", match: "GET /iam/*" },
      /quota of DEV1-S/,
    ],
    ["a count that fails", { name: "unavailable_html", match: "GET */fr-par-1/servers" }, /quota of DEV1-S/],
    [
      "types that can't be read",
      { name: "truncated_json", match: "GET */products/servers" },
      /Types and prices/,
    ],
    [
      "stock that can't be read",
      { name: "too_many_requests", match: "GET */availability" },
      /stock in fr-par-1/,
    ],
    ["a marketplace out of reach", { name: "unavailable_html", match: "GET /marketplace/*" }, /ubuntu_noble/],
  ])("%s", async (_what, fault, detail) => {
    simulator.control.addFault({ name: "server_quota", items: 5 });
    simulator.control.addFault(fault);
    const { faults, warnings } = await foresee(open(), of({}));
    expect(faults).toEqual([]);
    expect(warnings).toEqual([{ code: "UNCHECKED", detail: expect.stringMatching(detail) }]);
  });

  it("a quota that could not be read is asked for again by the next plan", async () => {
    simulator.control.addFault({ name: "server_quota", items: 5 });
    const opened = open();
    const fault = simulator.control.addFault({
      name: "error",
      type: "permissions_denied",
      match: "GET /iam/*",
    });
    expect((await foresee(opened, of({}))).quotas).toEqual([]);
    simulator.control.removeFault(fault);
    expect((await foresee(opened, of({}))).quotas).toMatchObject([{ limit: 5, used: 0, wanted: 1 }]);
  });

  it("nothing listens there", async () => {
    const told = await foresee(open({}, "http://127.0.0.1:1"), of({}), of({ image: nobody }));
    expect(told.faults).toEqual([]);
    expect(told.costs.map(({ type }) => type)).toEqual([null, null]);
    expect(new Set(told.warnings.map(({ code }) => code))).toEqual(new Set(["UNCHECKED"]));
  });

  it("a gateway's bare 404 refuses nobody's plan", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end("<html>not here</html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const told = await foresee(
      open({}, `http://127.0.0.1:${port}`),
      of({ image: nobody }),
      of({ type: "X" }),
    );
    expect(told.faults).toEqual([]);
    expect(told.warnings.length).toBeGreaterThan(2);
    server.closeAllConnections();
    server.close();
  });

  it("a budget without a place", async () => {
    const opened = open();
    opened.budget.empty = true;
    const told = await foresee(opened, of({}));
    expect(told.faults).toEqual([]);
    expect(calls()).toEqual([]);
  });
});

describe("what bills beside the server", () => {
  const size = 20_000_000_000;
  it.each<readonly [string, JsonObject, object]>([
    [
      "a label's root, of a size that the image decides on",
      {},
      { gigabytes: 0, addresses: 1, isWhole: false },
    ],
    ["a label's root of a given size", { volumes: { "0": { size } } }, { gigabytes: 20, isWhole: true }],
    [
      "block volumes beside it, but for those that exist",
      { volumes: { "0": { size }, "1": { volume_type: "sbs_15k", size }, "2": { id: nobody } } },
      { gigabytes: 40, isWhole: true },
    ],
    [
      "no local volume: the type's price has it",
      { volumes: { "0": { volume_type: "l_ssd", size } } },
      { gigabytes: 0, isWhole: true },
    ],
    ["nothing for an image's id", { image: nobody }, { gigabytes: 0, isWhole: true }],
    ["no address where none is wanted", { dynamic_ip_required: false }, { addresses: 0 }],
    [
      "new IPv4 addresses",
      { public_ips: [{ type: "routed_ipv4" }, { type: "routed_ipv6" }] },
      { addresses: 1 },
    ],
    ["no address that exists", { public_ips: [nobody] }, { addresses: 0 }],
  ])("is %s", async (_what, fields, beside) => {
    const [cost] = (await foresee(open(), of(fields))).costs;
    expect(cost?.beside).toMatchObject(beside);
  });
});
