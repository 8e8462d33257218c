import type { Chance } from "../chance.ts";

/** What somebody posts to have a job. */
export interface Post {
  readonly label: string;
  readonly kind: string;
  readonly total: number;
  readonly path: string;
  readonly query: string;
  readonly type: string;
  readonly body: string;
}

const json = "application/json";

interface Wanted {
  readonly label: string;
  readonly kind: string;
  readonly total: number;
  readonly options: Readonly<Record<string, unknown>>;
}

const posted = ({ label, kind, total, options }: Wanted, form: object): Post => ({
  label,
  kind,
  total,
  path: "/v1/bulk-jobs",
  query: "",
  type: json,
  body: JSON.stringify({ connection: "paris", kind, ...options, ...form }),
});

const inQuery = ({ kind, options }: Wanted, more: Readonly<Record<string, unknown>>): string => {
  const texts = Object.entries({ connection: "paris", kind, ...options, ...more }).map(
    ([name, value]): [string, string] => [name, typeof value === "string" ? value : JSON.stringify(value)],
  );
  return new URLSearchParams(texts).toString();
};

const server = { type: "DEV1-S", image: "ubuntu_noble" };
const numbers = (total: number): number[] => Array.from({ length: total }, (_, index) => index);

/** A row that can't be taken stands in the middle, where invalid ones are to be skipped. */
const csvOf = ({ label, total }: Wanted, spoilt: number | null): string => {
  const { type, image } = server;
  const startOf = (index: number): string => (index === spoilt ? "maybe" : "true");
  const lines = numbers(total).map((index) => `${label}-r${index},${type},${image},${startOf(index)}`);
  return ["name,type,image,start", ...lines, ""].join("\r\n");
};

const jsonlOf = ({ label, total }: Wanted): string =>
  numbers(total)
    .map((index) => `${JSON.stringify({ called: `${label}-l${index}`, key: `k${index}` })}\n`)
    .join("");

/** Servers, in one of the forms. */
const creates = (wanted: Wanted, chance: Chance): Post => {
  const { label, total, options } = wanted;
  const isScoped = options["batch_scope"] !== undefined;
  const forms: readonly (() => Post)[] = [
    () => posted(wanted, { count: total, template: { ...server, name: `${label}-{{index:03}}` } }),
    () =>
      posted(wanted, { count: total, template: { ...server, name: `${label}-{{short_id}}`, start: false } }),
    () =>
      posted(wanted, {
        rows: numbers(total).map((index) => ({ city: `c${index}` })),
        template: { ...server, name: `${label}-{{row.city}}` },
      }),
    () =>
      posted(wanted, {
        items: numbers(total).map((index) => ({
          key: `k${index}`,
          name: `${isScoped ? "scoped" : label}-i${index}`,
        })),
        defaults: server,
      }),
    () => {
      const spoilt = options["skip_invalid"] === true && total > 1 ? chance.between(0, total) : null;
      return {
        ...posted(wanted, {}),
        type: "text/csv",
        query: inQuery(wanted, {}),
        body: csvOf(wanted, spoilt),
      };
    },
    () => {
      const query = inQuery(wanted, { template: JSON.stringify({ ...server, name: "{{row.called}}" }) });
      return { ...posted(wanted, {}), type: "application/jsonl", query, body: jsonlOf(wanted) };
    },
  ];
  return chance.pick(isScoped ? forms.slice(3, 4) : forms)();
};

/** A change of servers that are there. */
const changes = (wanted: Wanted, servers: readonly string[]): Post =>
  posted(wanted, { items: servers.map((id) => ({ resource_id: id })) });

/** Options of a job, drawn. */
const optionsOf = (kind: string, chance: Chance, isScoped: boolean): Record<string, unknown> => {
  const options: Record<string, unknown> = {};
  if (chance.happens(0.3)) options["priority"] = chance.between(1, 11);
  if (chance.happens(0.25)) options["max_parallel"] = chance.pick([1, 2, 5, 20]);
  if (chance.happens(0.3)) options["max_failures"] = chance.pick([0, 1, 3, "10%", "50%"]);
  if (chance.happens(0.3)) options["on_stop"] = "rollback";
  if (chance.happens(0.3)) options["skip_invalid"] = true;
  if (isScoped && kind === "server.create") options["batch_scope"] = "monday";
  if (chance.happens(0.1)) options["max_eur_per_hour"] = 1000;
  return options;
};

const changing = ["server.stop", "server.start", "server.reboot", "server.delete"] as const;

/** What is asked for in a run: jobs that make servers, and some that change servers of long ago. */
export const drawPost = (
  label: string,
  { chance, most, pool }: { readonly chance: Chance; readonly most: number; readonly pool: string[] },
): Post => {
  const total = 1 + chance.between(0, chance.pick([1, 5, most, most]));
  if (pool.length > 0 && chance.happens(0.25)) {
    const kind = chance.pick(changing);
    const servers = kind === "server.delete" ? pool.splice(0, total) : pool.slice(0, total);
    const wanted = { label, kind, total: servers.length, options: optionsOf(kind, chance, false) };
    delete wanted.options["max_eur_per_hour"];
    return changes(wanted, servers);
  }
  const kind = "server.create";
  const options = optionsOf(kind, chance, chance.happens(0.15));
  delete options["max_eur_per_hour"];
  return creates({ label, kind, total, options }, chance);
};

/** One of many jobs of the same size. */
export const largePost = (label: string, total: number, chance: Chance): Post => {
  const options: Record<string, unknown> = {};
  if (chance.happens(0.3)) options["priority"] = chance.between(1, 11);
  if (chance.happens(0.1)) options["max_parallel"] = chance.pick([20, 100]);
  return creates({ label, kind: "server.create", total, options }, chance);
};
