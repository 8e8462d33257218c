import { convoyV0 } from "./convoy-v0/dialect.ts";
import { convoyV4 } from "./convoy-v4/dialect.ts";
import type { Dialect } from "./dialect.ts";
import { scalewayCompute } from "./scaleway-compute/dialect.ts";
import { scalewayDraft } from "./scaleway-draft/dialect.ts";
import { scalewayInstance } from "./scaleway-instance/dialect.ts";
import { scalewayV1 } from "./scaleway-v1/dialect.ts";

/** The dialects that can be simulated. A new one is a folder and a line here. */
const dialects: readonly Dialect[] = [
  scalewayInstance,
  scalewayCompute,
  scalewayDraft,
  convoyV0,
  convoyV4,
  scalewayV1,
];

export const dialectNames: readonly string[] = dialects.map((dialect) => dialect.name);

export const allDialects = dialects;

/** The dialect of that name, or undefined. */
export const findDialect = (name: string): Dialect | undefined =>
  dialects.find((dialect) => dialect.name === name);
