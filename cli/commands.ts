import { bulkGroup } from "./verbs/bulk-verbs.ts";
import { apiVerb } from "./verbs/api-verb.ts";
import { eventGroup } from "./verbs/event-verbs.ts";
import { operationGroup } from "./verbs/operation-verbs.ts";
import { scheduleGroup } from "./verbs/schedule-verbs.ts";
import { serverGroup } from "./verbs/server-verbs.ts";
import { plainVerb, type Group, type Verb } from "./verb.ts";
import { version } from "./version.ts";

/** All groups of commands, in the order of their help. */
export const groups: readonly Group[] = [serverGroup, operationGroup, bulkGroup, scheduleGroup, eventGroup];

const versionVerb = plainVerb({
  usage: "version",
  summary: "the version",
  run: async ({ world }) => world.out.write(`${version()}\n`),
});

/** Commands that belong to no group. */
export const topVerbs: readonly Verb[] = [apiVerb, versionVerb];
