/** What leaves through a port: kept until it is looked through. */
export type Say = (text: string) => void;

/** Ports through which nothing is kept: secrets come in there, and time, and chance. */
const unwatched: ReadonlySet<string> = new Set(["secrets", "clock", "randomness", "providers", "budget"]);

const watchedPort = (name: string, port: object, say: Say): object =>
  new Proxy(port, {
    get: (target, method) => {
      const found: unknown = Reflect.get(target, method, target);
      if (typeof found !== "function") return found;
      return (...given: readonly unknown[]): unknown => {
        say(`${name}.${String(method)} ${JSON.stringify(given)}`);
        return Reflect.apply(found, target, given);
      };
    },
  });

/** Ports that are the same and say what they are given: rows, events, messages, lines. Ports yet to come are watched too. */
export const watchedPorts = <P extends object>(ports: P, say: Say): P => {
  const made = { ...ports };
  for (const [name, port] of Object.entries(ports)) {
    if (unwatched.has(name) || typeof port !== "object" || port === null || Array.isArray(port)) continue;
    Reflect.set(made, name, watchedPort(name, port, say));
  }
  return made;
};

/** A port of which one method fails for as long as it is said. */
export const failingPort = <P extends object>(port: P, method: keyof P, fails: () => boolean): P =>
  new Proxy(port, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name, target);
      if (typeof found !== "function") return found;
      return (...given: readonly unknown[]): unknown =>
        name === method && fails()
          ? Promise.reject(new Error(`${String(name)} does not answer.`))
          : Reflect.apply(found, target, given);
    },
  });
