import type { Connection } from "../../connection.ts";
import { alternativesOf } from "../../operation/choice.ts";
import { isObject, type JsonObject } from "../../operation/json.ts";
import type {
  ForeseenFault,
  ForeseenQuota,
  ForeseenWarning,
  Foresight,
  PlannedCreates,
} from "../../ports/foresight.ts";
import { ProviderRefusal } from "../../ports/provider.ts";
import type { AdapterPorts } from "../adapter-ports.ts";
import { foreseeTypes, isMissing, priceFor, type TypeWish } from "../foresee-types.ts";
import { listOf } from "../input-parts.ts";
import { missingAmong, type NamedThing } from "../named-things.ts";
import { planPace } from "../pace.ts";
import { ReadThrough } from "../read-through.ts";
import { readMarket, type Market } from "../server-market.ts";
import type { Transport } from "../transport.ts";
import { besideOf } from "./beside.ts";
import { isUuid, orderOf } from "./choices.ts";
import { imageWishOf, Marketplace, type ImageWish } from "./images.ts";
import { Quota, quotaNameOf, QuotaUnknown } from "./quota.ts";
import { instanceReads } from "./reads.ts";

/** Different types and places whose quota one plan asks for, and different labels of images. */
const mostQuotas = 10;
const mostLabels = 20;

interface Wish extends TypeWish {
  readonly image: ImageWish | null;
}

const fieldOf = (input: JsonObject, choice: number): readonly string[] => {
  if (choice === 0) return [input["type"] === undefined ? "commercial_type" : "type"];
  const isOfType = alternativesOf(input)[choice - 1]?.type !== undefined;
  return ["fallback", String(choice - 1), isOfType ? "type" : "zone"];
};

/** Every choice of every group. */
const wishesOf = (creates: readonly PlannedCreates[], home: string): readonly Wish[] =>
  creates.flatMap(({ input, count }, of) =>
    [0, ...alternativesOf(input).map((_, index) => index + 1)].map((choice) => {
      const order = orderOf(input, choice, home);
      const { type, zone } = order;
      return {
        of,
        count,
        type,
        place: zone,
        field: fieldOf(input, choice),
        choice,
        image: imageWishOf(order),
      };
    }),
  );

const fields = [
  ["image", "images", "image"],
  ["security_group", "security_groups", "security group"],
  ["placement_group", "placement_groups", "placement group"],
  ["public_ip", "ips", "address"],
] as const;

/** What an input names by its id, in the connection's own zone. Not snapshots: those of block volumes stand elsewhere. */
const thingsIn = (input: JsonObject, of: number): readonly NamedThing[] => {
  const named = fields.flatMap(([field, collection, what]): NamedThing[] => {
    const id = input[field];
    return isUuid(id) ? [{ of, field: [field], collection, id, what }] : [];
  });
  const addresses = listOf(input["public_ips"]).map((id, index): NamedThing => {
    return { of, field: ["public_ips", String(index)], collection: "ips", id, what: "address" };
  });
  const volumes = isObject(input["volumes"]) ? Object.entries(input["volumes"]) : [];
  const existing = volumes.flatMap(([place, volume]): NamedThing[] => {
    const id = isObject(volume) ? volume["id"] : undefined;
    const field = ["volumes", place, "id"];
    return isUuid(id) ? [{ of, field, collection: "volumes", id, what: "volume" }] : [];
  });
  return [...named, ...addresses, ...existing];
};

/** The wishes by what they have in common. */
const grouped = (wishes: readonly Wish[], keyOf: (wish: Wish) => string): ReadonlyMap<string, Wish[]> => {
  const groups = new Map<string, Wish[]>();
  for (const wish of wishes) {
    const group = groups.get(keyOf(wish)) ?? [];
    group.push(wish);
    groups.set(keyOf(wish), group);
  }
  return groups;
};

const unchecked = (detail: string): ForeseenWarning => ({ code: "UNCHECKED", detail });

/** What today's API tells of servers before they are made. Nothing is kept between two plans but limits and images. */
export class InstanceForesight {
  readonly #connection: Connection;
  readonly #transport: Transport;
  readonly #root: string;
  readonly #images: Marketplace;
  readonly #quota: Quota;

  constructor(
    connection: Connection,
    transport: Transport,
    root: string,
    ports: Pick<AdapterPorts, "clock" | "log">,
  ) {
    this.#connection = connection;
    this.#transport = transport;
    this.#root = root;
    this.#images = new Marketplace(transport, root, ports.clock, planPace);
    this.#quota = new Quota(connection, transport, root, ports, planPace);
  }

  async of(creates: readonly PlannedCreates[]): Promise<Foresight> {
    const home = this.#connection.zone ?? "";
    const wishes = wishesOf(creates, home);
    const named = missingAmong(
      creates.flatMap(({ input }, of) => thingsIn(input, of)),
      (request) => this.#reads(home).read(request),
    );
    const [markets, things] = await Promise.all([this.#markets(wishes), named]);
    const known = wishes.filter((wish) => !isMissing(wish, markets));
    const [images, quotas] = await Promise.all([this.#missingImages(known), this.#quotas(known)]);
    const types = foreseeTypes(wishes, markets);
    const asked = wishes.filter(({ choice }) => choice === 0);
    return {
      faults: [...types.faults, ...things.faults, ...images.faults],
      warnings: [...types.warnings, ...things.warnings, ...images.warnings, ...quotas.warnings],
      quotas: quotas.quotas,
      stock: types.stock,
      costs: asked.map((wish, of) => ({
        type: priceFor(wish, markets),
        beside: besideOf(creates[of]?.input ?? {}),
      })),
    };
  }

  #reads(zone: string): ReadThrough {
    const { name } = this.#connection;
    return new ReadThrough(this.#transport, instanceReads(this.#root, { zone }), name, planPace);
  }

  async #markets(wishes: readonly Wish[]): Promise<ReadonlyMap<string, Market>> {
    const zones = [...new Set(wishes.map(({ place }) => place))];
    const markets = await Promise.all(
      zones.map((zone) => readMarket(zone, (request) => this.#reads(zone).read(request))),
    );
    return new Map(markets.map((market) => [market.place, market]));
  }

  /** Labels that the marketplace does not have there, or not for that type. */
  async #missingImages(wishes: readonly Wish[]) {
    const withLabel = wishes.filter(({ image }) => image !== null);
    const byImage = [
      ...grouped(withLabel, ({ image, place, type }) =>
        [place, image?.label, image?.storage, type].join("\n"),
      ).values(),
    ];
    const faults: ForeseenFault[] = [];
    const warnings = new Set<string>();
    await Promise.all(
      byImage.slice(0, mostLabels).map(async (alike) => {
        const image = alike[0]?.image ?? null;
        if (image === null) return;
        try {
          if ((await this.#images.imageFor(image)) !== null) return;
          warnings.add(`Whether the image ${image.label} exists in ${image.zone} could not be checked.`);
        } catch (error) {
          if (!(error instanceof ProviderRefusal)) throw error;
          faults.push(...alike.map(({ of }) => ({ of, field: ["image"], detail: error.message })));
        }
      }),
    );
    if (byImage.length > mostLabels)
      warnings.add(`${byImage.length - mostLabels} of ${byImage.length} images were not looked for.`);
    return { faults, warnings: [...warnings].map(unchecked) };
  }

  /** The quota of what is asked for; that of alternatives depends on how far one gets. */
  async #quotas(wishes: readonly Wish[]) {
    const asked = wishes.filter(({ choice }) => choice === 0);
    const places = [...grouped(asked, ({ type, place }) => `${type} in ${place}`)];
    const quotas: ForeseenQuota[] = [];
    const warnings: ForeseenWarning[] = [];
    await Promise.all(
      places.slice(0, mostQuotas).map(async ([what, alike]) => {
        const { type, place: zone } = alike[0] ?? { type: "", place: "" };
        const wanted = alike.reduce((sum, { count }) => sum + count, 0);
        try {
          const usage = await this.#quota.foreseen({ type, zone });
          if (usage === null) return;
          const name = quotaNameOf(type);
          quotas.push({ key: `${name}/${zone}`, name, counts: type, zone, ...usage, wanted });
        } catch (error) {
          if (!(error instanceof QuotaUnknown)) throw error;
          warnings.push(unchecked(`The quota of ${what} could not be checked. ${error.message}`));
        }
      }),
    );
    const left = places.length - mostQuotas;
    if (left > 0) warnings.push(unchecked(`The quotas of ${left} of ${places.length} types were not read.`));
    return { quotas: quotas.toSorted((one, other) => (one.key < other.key ? -1 : 1)), warnings };
  }
}
