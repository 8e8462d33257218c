import { pointerTo, type Fault } from "./pointer.ts";

/** How many objects and arrays may lie in one another. */
export const deepest = 20;
const mostFaults = 50;

/** What stands in JSON text and is refused whatever the schema says. */
export interface StrictFaults {
  readonly faults: readonly Fault[];
  /** Nothing behind that place was looked at. */
  readonly isTooDeep: boolean;
}

type Frame =
  | { readonly is: "array"; index: number }
  | { readonly is: "object"; readonly keys: Set<string>; key: string; awaitsKey: boolean };

const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;

const textOf = (token: string): string => {
  if (!token.includes("\\")) return token.slice(1, -1);
  const text: unknown = JSON.parse(token);
  return typeof text === "string" ? text : "";
};

const faultOfText = (text: string): string | null => {
  if (text.includes("\0")) return "must not contain NUL";
  return text.isWellFormed() ? null : "must be well-formed Unicode";
};

/** One walk over the tokens of valid JSON, which knows where it is. */
class Scan {
  readonly faults: Fault[] = [];
  isTooDeep = false;
  readonly #frames: Frame[] = [];

  /** Takes a token; false when it is no use to go on. */
  take(token: string): boolean {
    switch (token) {
      case "{":
        return this.#open({ is: "object", keys: new Set(), key: "", awaitsKey: true });
      case "[":
        return this.#open({ is: "array", index: 0 });
      case "}":
      case "]":
        this.#frames.pop();
        return true;
      case ",":
        this.#next();
        return true;
      case ":":
        return true;
      default:
        this.#text(token);
        return this.faults.length < mostFaults;
    }
  }

  #open(frame: Frame): boolean {
    if (this.#frames.length === deepest) {
      this.isTooDeep = true;
      this.#fault(`lies deeper than ${deepest} levels`);
      return false;
    }
    this.#frames.push(frame);
    return true;
  }

  #next(): void {
    const top = this.#frames.at(-1);
    if (top?.is === "array") top.index += 1;
    else if (top !== undefined) top.awaitsKey = true;
  }

  #text(token: string): void {
    const top = this.#frames.at(-1);
    const isKey = top?.is === "object" && top.awaitsKey;
    // Without an escape there can be neither NUL nor half a surrogate pair in it: the bytes were UTF-8.
    if (!isKey && !token.includes("\\u")) return;
    const text = textOf(token);
    if (isKey) this.#key(top, text);
    const fault = faultOfText(text);
    if (fault !== null) this.#fault(fault);
  }

  #key(frame: Extract<Frame, { is: "object" }>, key: string): void {
    frame.key = key;
    frame.awaitsKey = false;
    const parent = this.#frames.at(-2);
    const inConstructor = parent?.is === "object" && parent.key === "constructor";
    if (key === "__proto__" || (key === "prototype" && inConstructor)) this.#fault("is not a field");
    else if (frame.keys.has(key)) this.#fault("stands here twice");
    frame.keys.add(key);
  }

  #fault(detail: string): void {
    const names = this.#frames.map((frame) => (frame.is === "array" ? frame.index : frame.key));
    this.faults.push({ pointer: pointerTo(...names), detail });
  }
}

/** Looks for what is refused everywhere: too deep, NUL, a key twice, keys that change prototypes. `text` is valid JSON. */
export const strictFaultsOf = (text: string): StrictFaults => {
  const scan = new Scan();
  for (const [token] of text.matchAll(tokenPattern)) if (!scan.take(token)) break;
  return scan;
};
