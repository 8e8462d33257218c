import * as z from "zod";
import { secretReferenceSchema } from "../connection.ts";
import { isPlace } from "./arrival.ts";
import { draftSchema, type Draft } from "./draft.ts";
import type { Fault } from "./fault.ts";
import { whenSchema } from "./match.ts";
import { schemes, weaknesses } from "./scheme.ts";
import { faultsOfTemplate } from "./template.ts";

/** Folder of the hooks' documents. */
export const hooksFolder = "hooks";
/** Most operations that one webhook may start. */
export const mostOperations = 10;
const mostRules = 50;
const mostSecrets = 5;

/** What a hook may be called: a part of the path that its webhooks come to. */
export const hookNamePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const secretSchema = z.union(
  [secretReferenceSchema, z.array(secretReferenceSchema).min(1).max(mostSecrets)],
  {
    error: `must be a reference: env:NAME, ssm:/path or secretsmanager:name; or a list of 1 to ${mostSecrets} of them`,
  },
);

const verificationSchema = z.strictObject({
  scheme: z.enum(schemes),
  /** Where the secret is, never what it is; several while one is being replaced by another. */
  secret: secretSchema,
});

const ruleFields = {
  when: whenSchema.exactOptional().meta({
    description:
      "What must stand where: a JSON Pointer of the payload, or `header:Name`, to a value, a glob (`*`, `?`), a list of them, or `{exists, in, type}`. Empty: always.",
  }),
  operation: z.union([draftSchema, z.array(draftSchema).min(1).max(mostOperations)], {
    error: `must be the body of POST /v1/operations, or a list of 1 to ${mostOperations} of them`,
  }),
  cooldown_seconds: z.int().min(1).max(604_800).exactOptional(),
  daily_cap: z.int().min(1).max(100_000).exactOptional(),
};

const ruleNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, { error: "must be 1 to 40 of a-z, 0-9 and -" });

const ruleSchema = z.strictObject({ name: ruleNameSchema.exactOptional(), ...ruleFields });
const storedRuleSchema = z.strictObject({ name: ruleNameSchema, ...ruleFields });
/** When it matches, its operations are started. The first rule that matches acts. */
export type Rule = z.infer<typeof storedRuleSchema>;

/** Body of `PUT /v1/hooks/{name}`. */
export const hookRequestSchema = z
  .strictObject({
    verify: verificationSchema,
    rules: z.array(ruleSchema).max(mostRules),
    /** What tells a repeat from something new, instead of the sender's id. */
    dedup: z.string().min(1).max(500).exactOptional().meta({
      description:
        "A JSON Pointer, `header:Name`, or a text with placeholders (`{{/type}} {{/data/order_id}}`): webhooks for which it is the same are repeats of one another. Left out: the sender's own id.",
    }),
    description: z.string().max(500).exactOptional(),
  })
  .meta({ id: "HookRequest" });
export type HookRequest = z.infer<typeof hookRequestSchema>;

/** A hook as its document stands. */
export const hookSchema = z.strictObject({
  name: z.string().regex(hookNamePattern),
  /** Grows by one with each PUT. */
  version: z.int().positive(),
  verify: verificationSchema,
  rules: z.array(storedRuleSchema),
  dedup: z.string().nullable(),
  description: z.string().nullable(),
  /** Connections that its operations may use: those of whoever put it there; null: all. */
  connections: z.array(z.string()).nullable(),
  created_by: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Hook = z.infer<typeof hookSchema>;

/** A hook as the API shows it: references of its secrets, never their values. */
export const hookViewSchema = z
  .strictObject({
    ...hookSchema.shape,
    path: z.string().meta({ description: "Where its webhooks are sent to." }),
    warnings: z.array(z.string()).meta({ description: "What its way of verifying does not protect from." }),
  })
  .meta({ id: "Hook" });

/** What the API shows of a hook. */
export const hookViewOf = (hook: Hook): z.infer<typeof hookViewSchema> => {
  const weakness = weaknesses[hook.verify.scheme];
  return {
    ...hook,
    path: `/hooks/${encodeURIComponent(hook.name)}`,
    warnings: weakness === undefined ? [] : [weakness],
  };
};

/** The references of a hook's secrets. */
export const secretsOf = ({ verify: { secret } }: Pick<Hook, "verify">): readonly string[] =>
  typeof secret === "string" ? [secret] : secret;

/** The operations of a rule, each with where it stands in the rule. */
export const draftsOf = ({
  operation,
}: Pick<Rule, "operation">): readonly { readonly pointer: string; readonly draft: Draft }[] =>
  Array.isArray(operation)
    ? operation.map((draft, index) => ({ pointer: `/operation/${index}`, draft }))
    : [{ pointer: "/operation", draft: operation }];

/** The rules with a name each: `rule-2` for the second, where it has none. */
export const namedRules = ({ rules }: Pick<HookRequest, "rules">): Rule[] =>
  rules.map((rule, index) => ({ ...rule, name: rule.name ?? `rule-${index + 1}` }));

const faultOfDedup = (dedup: string): Fault[] => {
  if (dedup.includes("{{")) return faultsOfTemplate(dedup, "/dedup");
  if (isPlace(dedup)) return [];
  const detail =
    "must be a JSON Pointer, header:Name, or a text with placeholders such as {{/data/order_id}}";
  return [{ pointer: "/dedup", detail }];
};

const faultsOfRule = (rule: Rule, at: string, earlier: readonly string[]): Fault[] => {
  const faults = draftsOf(rule).flatMap(({ pointer, draft }) => faultsOfTemplate(draft, at + pointer));
  if (earlier.includes(rule.name))
    faults.push({ pointer: `${at}/name`, detail: `${rule.name} is the name of another rule` });
  return faults;
};

/** What is wrong with a request beside its schema: placeholders, names that are used twice. */
export const faultsOfHook = (request: HookRequest): Fault[] => {
  const rules = namedRules(request);
  const names = rules.map(({ name }) => name);
  const faults = rules.flatMap((rule, index) => faultsOfRule(rule, `/rules/${index}`, names.slice(0, index)));
  return request.dedup === undefined ? faults : faults.concat(faultOfDedup(request.dedup));
};
