import * as z from "zod";
import { isLike, longestGlob } from "../hook/glob.ts";

const mostNames = 200;
const mostIds = 2000;
const wordSchema = z.string().min(1).max(255);
const globSchema = z.string().min(1).max(longestGlob);

/** A server that bears this tag belongs to no schedule, whatever selects it. */
export const ignoreTag = "sy-ignore";

/**
 * Which servers of the connection: those that fit every field that is there. `tags`: all of them, where an entry is a
 * tag or a list of which one is enough; `names`: any of the globs; `ids`: any; `not_tags`: none. Exclusions win.
 */
export const selectorSchema = z
  .strictObject({
    tags: z
      .array(z.union([wordSchema, z.array(wordSchema).min(1).max(mostNames)]))
      .max(mostNames)
      .exactOptional()
      .meta({
        description: "All of these tags; an entry that is a list asks for one of its tags.",
      }),
    names: z
      .array(globSchema)
      .max(mostNames)
      .exactOptional()
      .meta({ description: "Globs (`*`, `?`), any of them." }),
    ids: z.array(wordSchema).max(mostIds).exactOptional(),
    zones: z.array(wordSchema).max(mostNames).exactOptional(),
    projects: z.array(wordSchema).max(mostNames).exactOptional(),
    not_tags: z.array(wordSchema).max(mostNames).exactOptional(),
  })
  .superRefine(({ tags, names, ids }, context) => {
    if ([tags, names, ids].every((list) => list === undefined || list.length === 0))
      context.addIssue({
        code: "custom",
        path: [],
        message: 'selects nothing; name tags, names or ids (all servers are names: ["*"])',
      });
  });
export type Selector = z.infer<typeof selectorSchema>;

/** What must be known of a server to tell whether it is selected. */
export interface Selectable {
  readonly id: string;
  readonly name: string | null;
  readonly tags: readonly string[];
  readonly zone?: string | null;
  readonly project?: string | null;
  /** Left out: that of the schedule that is asked. */
  readonly connection?: string;
}

const has = (list: readonly string[] | undefined, value: string | null | undefined): boolean =>
  list === undefined || list.length === 0 || (typeof value === "string" && list.includes(value));

/** Why the selector leaves a server out, in words; null when it takes it. */
export const whyNotSelected = (selector: Selector, server: Selectable): string | null => {
  if (server.tags.includes(ignoreTag)) return `it bears the tag ${ignoreTag}`;
  const excluded = (selector.not_tags ?? []).find((tag) => server.tags.includes(tag));
  if (excluded !== undefined) return `it bears the tag ${excluded}, which is excluded`;
  if (!has(selector.ids, server.id)) return "its id is not named";
  const { name, tags } = server;
  const names = selector.names ?? [];
  if (names.length > 0 && !names.some((glob) => name !== null && isLike(name, glob)))
    return "its name is like none that is named";
  const missing = (selector.tags ?? []).find((tag) =>
    typeof tag === "string" ? !tags.includes(tag) : !tag.some((one) => tags.includes(one)),
  );
  if (missing !== undefined)
    return `it lacks the tag ${typeof missing === "string" ? missing : missing.join(" or ")}`;
  if (!has(selector.zones, server.zone)) return "it is in another zone";
  return has(selector.projects, server.project) ? null : "it is of another project";
};

/** Whether the selector takes a server. */
export const selects = (selector: Selector, server: Selectable): boolean =>
  whyNotSelected(selector, server) === null;

/** The servers that a selector takes, in the order given. */
export const selected = <S extends Selectable>(selector: Selector, servers: readonly S[]): S[] =>
  servers.filter((server) => selects(selector, server));

const attaching = /^schedule=(.+)$/;

/** Schedules that tags `schedule=<name>` name and that do not exist: said once, not at each tick. */
export const unknownSchedules = (
  servers: readonly Selectable[],
  names: ReadonlySet<string>,
): readonly string[] => {
  const named = servers.flatMap(({ tags }) => tags.map((tag) => attaching.exec(tag)?.[1] ?? ""));
  return [...new Set(named)].filter((name) => name !== "" && !names.has(name)).toSorted();
};
