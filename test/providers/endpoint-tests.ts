import { globSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import type { SeedDocument, SeedEndpoint } from "./seed-endpoints.ts";

const root = resolve(import.meta.dirname, "../..");

/** A test that names an endpoint. */
export interface EndpointTest {
  /** From the root of the repository. */
  readonly file: string;
  readonly name: string;
}

const namePattern = /\b(?:it|test)(?:\.\w+)?\(\s*(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1/g;
const caseNamePattern =
  /\b(?:it|test|caseOf|cases?)\b[\w.]*\([^;]*?\)\(\s*(["'`])((?:(?!\1)[^\\\n]|\\.)*)\1/g;
/** A row of a table of tests, where it begins with an endpoint. */
const rowPattern = /(["'`])((?:GET|POST|PUT|PATCH|DELETE) \/(?:(?!\1)[^\\\n]|\\.)*)\1/g;

/** Names of texts stand for the texts: `${path}` where the file says `const path = "/servers"`. */
const spelledOut = (source: string): string => {
  const texts = [...source.matchAll(/\bconst (\w+) = "([^"\n]*)";/g)];
  return texts.reduce((text, [, name, value]) => text.replaceAll(`\${${name}}`, value ?? ""), source);
};

/** The names of the tests in a source, those of tables as far as they are written out. */
const namesIn = (written: string): string[] => {
  const source = spelledOut(written);
  const patterns = /\.(?:each|for)\(/.test(source)
    ? [namePattern, caseNamePattern, rowPattern]
    : [namePattern, caseNamePattern];
  return patterns.flatMap((pattern) => [...source.matchAll(pattern)].map((match) => match[2] ?? ""));
};

/** What its parameters are called and the version before it say nothing; "PUT and DELETE /x" names two endpoints. */
const plain = (text: string): string =>
  text
    .replaceAll(/\b([A-Z]+) and ([A-Z]+) (\/\S+)/g, "$1 $3 and $2 $3")
    .replaceAll(/\{[^}]*\}/g, "{}")
    .replaceAll(/\b(GET|POST|PUT|PATCH|DELETE) \/v1\//g, "$1 /");

const names = (name: string, { method, path }: SeedEndpoint): boolean => {
  const wanted = plain(`${method} ${path}`);
  const at = plain(name).indexOf(wanted);
  return at !== -1 && !/^[\w/{-]/.test(plain(name).slice(at + wanted.length));
};

/** The word of a dialect's name that tells its files: `v1` of `scaleway-v1`. */
const wordOf = ({ dialect }: SeedDocument): string => dialect.slice(dialect.lastIndexOf("-") + 1);

const sources = new Map<string, readonly string[]>();
const namesOfFile = (file: string): readonly string[] => {
  const known = sources.get(file) ?? namesIn(readFileSync(join(root, file), "utf8"));
  sources.set(file, known);
  return known;
};

/**
 * The tests through which our code meets an endpoint: those of the functions and of the providers, in the files of the
 * document's dialect, whose name holds the endpoint as it is written. A simulator's own tests say nothing about us.
 */
export const testsOf = (document: SeedDocument, endpoint: SeedEndpoint): readonly EndpointTest[] => {
  const word = wordOf(document);
  return globSync("test/{functions,providers}/*.ts", { cwd: root })
    .filter((file) => basename(file, ".ts").split(/[-.]/).includes(word))
    .toSorted()
    .flatMap((file) =>
      namesOfFile(file)
        .filter((name) => names(name, endpoint))
        .map((name) => ({ file, name })),
    );
};
