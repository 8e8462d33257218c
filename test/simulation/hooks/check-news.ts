import type { SwitchyardEvent } from "../../../events/event.ts";
import type { HookCase } from "./checker.ts";

/** All events about an endpoint that ever stood in its outbox. */
const newsOf = (
  under: HookCase,
  id: string,
): Map<string, { readonly at: number; readonly event: SwitchyardEvent }> => {
  const news = new Map<string, { readonly at: number; readonly event: SwitchyardEvent }>();
  for (const { at, endpoint } of under.ledger.endpoints.get(id) ?? [])
    for (const event of endpoint?.outbox ?? []) {
      const known = news.get(event.id);
      if (known !== undefined && JSON.stringify(known.event) !== JSON.stringify(event))
        under.breaks("I4", `${event.id} was said in two ways`);
      if (known === undefined) news.set(event.id, { at, event });
    }
  return news;
};

/** Events about endpoints: numbered without a gap, each published, the same in each copy. */
const checkNumbers = (under: HookCase, id: string): void => {
  const { ledger } = under;
  const news = [...newsOf(under, id).values()];
  const numbers = news.map(({ event }) => event.sequence);
  if (numbers.some((number, index) => number !== index + 1))
    under.breaks("I6", `the events about ${id} are numbered ${numbers.join(", ")}`);
  for (const { at, event } of news) {
    if (under.endedAt < Math.max(at, under.faultsEnd) + 5 * 60_000) continue;
    if (!ledger.published.has(event.id))
      under.breaks("I4", `${event.id} (${event.type}) was never published`);
    if (!ledger.appended.has(event.id)) under.breaks("I4", `${event.id} (${event.type}) is not in the feed`);
  }
  const states = ledger.endpoints.get(id) ?? [];
  for (const [index, { at, endpoint }] of states.entries()) {
    const before = states[index - 1]?.endpoint ?? null;
    if (endpoint === null || before === null || before.state === endpoint.state) continue;
    const type =
      endpoint.state === "enabled" ? "recovered" : endpoint.deleted_at === null ? "disabled" : "deleted";
    const isSaid = news.some((one) => one.at === at && one.event.type === `switchyard.endpoint.${type}`);
    if (!isSaid) under.breaks("I4", `${id} is ${endpoint.state}, and nobody was told`);
  }
};

/** What is given up is said. */
const checkExhausted = (under: HookCase): void => {
  const said = new Set(
    [...under.ledger.endpoints.keys()].flatMap((id) =>
      [...newsOf(under, id).values()].flatMap(({ event }) =>
        event.type === "switchyard.delivery.exhausted" ? [event.data["delivery"]] : [],
      ),
    ),
  );
  for (const delivery of under.ledger.deliveries) {
    if (
      delivery.state !== "failed" ||
      delivery.tries < 10 ||
      delivery.type === "switchyard.delivery.exhausted"
    )
      continue;
    const isEnded =
      delivery.attempts.at(-1)?.error?.startsWith("not sent: the endpoint is disabled") === true;
    const reason = under.ledger.endpointAt(delivery.endpoint, Date.parse(delivery.updated_at));
    if (isEnded || reason === null || reason.state === "disabled") continue;
    under.world.sometimes("a delivery was given up");
    if (!said.has(delivery.id)) under.breaks("I4", `${delivery.id} was given up, and nobody was told`);
  }
};

export const checkNews = (under: HookCase): void => {
  for (const [id, copies] of under.ledger.published)
    if (new Set(copies.map(({ bytes }) => bytes)).size > 1)
      under.breaks("I4", `${id} was published in two ways`);
  for (const id of under.ledger.endpoints.keys()) checkNumbers(under, id);
  checkExhausted(under);
};
