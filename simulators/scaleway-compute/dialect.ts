import type { Dialect } from "../dialect.ts";
import { scalewayInstance } from "../scaleway-instance/dialect.ts";
export const scalewayCompute: Dialect = { ...scalewayInstance, name: "scaleway-compute" };
