import type { DeployedFunction, Deployment } from "./deployment.ts";

const everythingUnder = "/{proxy+}";

/** Whether API Gateway would bring the path here. It matches the path as it was sent. */
const matches = (pattern: string, path: string): boolean => {
  if (!pattern.endsWith(everythingUnder)) return pattern === path;
  const root = pattern.slice(0, -everythingUnder.length + 1);
  return path.startsWith(root) && path.length > root.length;
};

/**
 * Which function answers a path: the one with the longest pattern that fits, else the one that takes everything.
 * @throws Error when no function takes everything
 */
export const httpFunctions = ({
  functions,
}: Pick<Deployment, "functions">): ((path: string) => DeployedFunction) => {
  const routes = functions.flatMap((called) =>
    called.triggers.flatMap((trigger) => (trigger.on === "http" ? [{ called, path: trigger.path }] : [])),
  );
  const usual = routes.find(({ path }) => path === null)?.called;
  if (usual === undefined) throw new Error("No function of serverless.yml answers all paths.");
  const special = routes
    .flatMap(({ called, path }) => (path === null ? [] : [{ called, path }]))
    .toSorted((one, other) => other.path.length - one.path.length);
  return (path) => special.find((route) => matches(route.path, path))?.called ?? usual;
};
