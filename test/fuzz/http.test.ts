import { beforeAll, describe, expect, it } from "vitest";
import { eventsPerRound, HttpFuzz, type HttpTally } from "./http-run.ts";

const seed = Number(process.env["SEED"] ?? 1);
const rounds = 12;

describe("whatever is asked of the HTTP API", () => {
  let tally: HttpTally;
  beforeAll(async () => {
    const fuzz = await HttpFuzz.open(seed);
    for (let round = 0; round < rounds; round += 1) await fuzz.round(round);
    tally = fuzz.tally;
  });
  const times = (route: string, status: number): number => tally.answers.get(`${route} ${status}`) ?? 0;

  it("is answered as its description says, without a 5xx, without a throw and without a secret", () => {
    expect(tally.events).toBe(rounds * eventsPerRound);
    // The first few tell enough.
    expect(tally.findings.slice(0, 3)).toEqual([]);
  });

  it("goes as deep as it can: what was made is read, changed and removed", () => {
    const deep: readonly (readonly [string, number])[] = [
      ["POST /v1/operations", 202],
      ["GET /v1/operations/{id}", 200],
      ["POST /v1/operations/{id}/cancel", 202],
      ["POST /v1/operations/{id}/resolve", 202],
      ["POST /v1/deliveries/{id}/replay", 202],
      ["POST /v1/endpoints", 201],
      ["PATCH /v1/endpoints/{id}", 200],
      ["POST /v1/endpoints/{id}/rotate-secret", 200],
      ["POST /v1/keys", 201],
      ["DELETE /v1/keys/{id}", 200],
      ["PUT /v1/hooks/{name}", 201],
      ["POST /hooks/{name}", 202],
      ["GET /v1/connections/{name}/{collection}", 200],
    ];
    for (const [route, status] of deep) expect([route, times(route, status) > 0]).toEqual([route, true]);
  });

  it("reaches every route, and every route refuses some of it", () => {
    const routes = Map.groupBy(tally.answers.keys(), (name) => name.slice(0, name.lastIndexOf(" ")));
    for (const [route, answers] of routes)
      if (route.includes(" /v1/"))
        expect([route, answers.some((name) => / 4\d\d$/.test(name))]).toEqual([route, true]);
    expect(tally.codes.size).toBeGreaterThan(15);
  });
});

it("the same seed asks the same", async () => {
  const [one, other] = await Promise.all([HttpFuzz.open(seed), HttpFuzz.open(seed)]);
  await one.round(3, 100);
  await other.round(3, 100);
  expect([...one.tally.answers]).toEqual([...other.tally.answers]);
});
