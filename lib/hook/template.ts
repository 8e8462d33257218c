import type { Json } from "../operation/json.ts";
import { isObject } from "../operation/json.ts";
import { isPlace, lookUp, placeWords, type Arrival } from "./arrival.ts";
import type { Fault } from "./fault.ts";

/** The longest text that one placeholder may put in, in characters. */
const longestValue = 1000;
const placeholder = /\{\{([^{}]*)\}\}/g;

/** What may stand in a script: nothing that a shell, YAML or JSON would take for anything but a plain word. */
const plainWord = /^[A-Za-z0-9._:@/+=-]*$/;

/** A text that a machine carries out, where a sender's quote or line break would be an order. */
const isScript = (text: string, field: string): boolean => field === "cloud_init" || /[\n\r]/.test(text);

const escaped = (name: string | number): string =>
  `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;

const placesIn = (text: string): string[] =>
  [...text.matchAll(placeholder)].map(([, place]) => (place ?? "").trim());

/** A text of a template and where it stands. */
export interface TextAt {
  readonly pointer: string;
  readonly text: string;
}

/** Every text of a value, with its pointer. */
const textsIn = (value: Json, pointer: string): TextAt[] => {
  if (typeof value === "string") return [{ pointer, text: value }];
  if (Array.isArray(value)) return value.flatMap((one, index) => textsIn(one, pointer + escaped(index)));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, one]) => textsIn(one, pointer + escaped(name)));
};

/** The texts of a template that have placeholders in them. */
export const placeholdersIn = (template: Json, pointer = ""): TextAt[] =>
  textsIn(template, pointer).filter(({ text }) => placesIn(text).length > 0);

/** What is wrong with the placeholders of a template, whatever comes. */
export const faultsOfTemplate = (template: Json, pointer = ""): Fault[] =>
  textsIn(template, pointer).flatMap(({ pointer: at, text }) => {
    const wrong = placesIn(text).find((place) => place === "" || !isPlace(place));
    if (wrong !== undefined) return [{ pointer: at, detail: `{{…}} must hold ${placeWords}` }];
    const rest = text.replaceAll(placeholder, "");
    return rest.includes("{{") || rest.includes("}}")
      ? [{ pointer: at, detail: "has a {{ or }} that belongs to no placeholder" }]
      : [];
  });

/** One filling: gathers what is wrong on its way. */
class Filling {
  readonly faults: Fault[] = [];
  readonly #arrival: Arrival;

  constructor(arrival: Arrival) {
    this.#arrival = arrival;
  }

  fill(template: Json, pointer: string, field: string): Json {
    if (typeof template === "string") return this.#text(template, pointer, field);
    if (Array.isArray(template))
      return template.map((one, index) => this.fill(one, pointer + escaped(index), field));
    if (!isObject(template)) return template;
    return Object.fromEntries(
      Object.entries(template).map(([name, one]) => [name, this.fill(one, pointer + escaped(name), name)]),
    );
  }

  #text(text: string, pointer: string, field: string): Json {
    const [only] = placesIn(text);
    if (only === undefined) return text;
    const script = isScript(text, field);
    const isWhole = text.replace(placeholder, "").trim() === "" && placesIn(text).length === 1;
    if (isWhole && !script) return this.#value(only, pointer, false) ?? "";
    return text.replaceAll(placeholder, (_all, place: string) =>
      String(this.#value(place.trim(), pointer, script) ?? ""),
    );
  }

  /** The value at a place, when it may be put in; null when not, and a fault is noted. */
  #value(place: string, pointer: string, inScript: boolean): string | number | boolean | null {
    const found = lookUp(this.#arrival, place);
    const value = found.found ? found.value : undefined;
    const fault = this.#faultOf(value, inScript);
    if (fault !== null) this.faults.push({ pointer, detail: `${place} of the webhook ${fault}` });
    else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
      return value;
    return null;
  }

  #faultOf(value: unknown, inScript: boolean): string | null {
    if (value === undefined) return "is missing";
    if (value === null) return "is null";
    if (typeof value === "number" || typeof value === "boolean") return null;
    if (typeof value !== "string") return "is no text, number or boolean";
    if (value.length > longestValue) return `is longer than ${longestValue} characters`;
    if (/\p{Cc}/u.test(value)) return "holds control characters";
    if (!value.isWellFormed()) return "is not well-formed Unicode";
    return inScript && !plainWord.test(value)
      ? "holds more than letters, digits and ._:@/+=-, and a script takes nothing else"
      : null;
  }
}

/** A template with everything put in, or what stood in the way. */
export type Filled =
  | { readonly value: Json; readonly faults: readonly [] }
  | { readonly value: null; readonly faults: readonly Fault[] };

/**
 * Puts what a webhook holds into the placeholders of a template: `{{/pull_request/number}}` by JSON Pointer,
 * `{{header:X-GitHub-Event}}` by header. A text that is one placeholder and nothing else takes the value with its type.
 * Nothing is carried out, and names of fields are never made from what came.
 */
export const fill = (template: Json, arrival: Arrival, pointer = ""): Filled => {
  const filling = new Filling(arrival);
  const value = filling.fill(template, pointer, "");
  return filling.faults.length === 0 ? { value, faults: [] } : { value: null, faults: filling.faults };
};
