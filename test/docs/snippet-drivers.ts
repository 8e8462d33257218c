import { spawnSync } from "node:child_process";
import { cpSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as z from "zod";
import { temporaryFolder } from "../local/temporary-folder.ts";

export const snippets = resolve(import.meta.dirname, "../../docs/snippets");

/** A request as a receiver gets it. */
export interface Received {
  readonly secret: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Runs a snippet on requests in its own language: whether it believes each. @throws Error when it does not run */
export type Driver = (requests: readonly Received[]) => readonly boolean[];

const answersSchema = z.array(z.boolean());

const run = (command: string, args: readonly string[], requests: readonly Received[], cwd = snippets) => {
  const input = JSON.stringify(requests);
  const { status, stdout, stderr, error } = spawnSync(command, args, { input, cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`, { cause: error });
  return answersSchema.parse(JSON.parse(stdout));
};

const javascript =
  (file: string, believes: string): Driver =>
  (requests) =>
    run(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import * as snippet from "./${file}";
         import { text } from "node:stream/consumers";
         const requests = JSON.parse(await text(process.stdin));
         console.log(JSON.stringify(requests.map(({ secret, headers, body }) => ${believes})));`,
      ],
      requests,
    );

const python: Driver = (requests) =>
  run(
    "python3",
    [
      "-c",
      `import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, ".")
from verify import verify
requests = json.load(sys.stdin)
print(json.dumps([verify(one["secret"], one["headers"], one["body"].encode()) for one in requests]))`,
    ],
    requests,
  );

const goMain = `package main

import (
	"encoding/json"
	"os"
)

func main() {
	var requests []struct {
		Secret  string
		Headers map[string]string
		Body    string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&requests); err != nil {
		panic(err)
	}
	answers := []bool{}
	for _, one := range requests {
		h := one.Headers
		answers = append(answers, Verify(one.Secret, h["webhook-id"], h["webhook-timestamp"], h["webhook-signature"], []byte(one.Body)))
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
`;

const go: Driver = (requests) => {
  const folder = temporaryFolder();
  cpSync(join(snippets, "verify.go"), join(folder, "verify.go"));
  writeFileSync(join(folder, "main.go"), goMain);
  return run("go", ["run", "main.go", "verify.go"], requests, folder);
};

const php: Driver = (requests) =>
  run(
    "php",
    [
      "-r",
      `require "verify.php";
       $requests = json_decode(file_get_contents("php://stdin"), true);
       echo json_encode(array_map(fn($one) => verify($one["secret"], $one["headers"], $one["body"]), $requests));`,
    ],
    requests,
  );

/** `--norc`: with a socket as its standard input, bash takes itself for a remote login. */
const bash: Driver = (requests) =>
  requests.map(({ secret, headers, body }) => {
    const file = join(temporaryFolder(), "body.json");
    writeFileSync(file, body);
    const { status, stderr } = spawnSync(
      "bash",
      ["--norc", "-c", '. ./verify.sh; verify "$1"', "bash", file],
      {
        cwd: snippets,
        encoding: "utf8",
        env: {
          PATH: process.env["PATH"],
          WEBHOOK_SECRET: secret,
          WEBHOOK_ID: headers["webhook-id"] ?? "",
          WEBHOOK_TIMESTAMP: headers["webhook-timestamp"] ?? "",
          WEBHOOK_SIGNATURE: headers["webhook-signature"] ?? "",
        },
      },
    );
    if (stderr !== "") throw new Error(stderr);
    return status === 0;
  });

/** Each snippet, and the program that has to be on the machine for it to run; null: Node, which is. */
export const drivers: readonly {
  readonly file: string;
  readonly needs: { readonly command: string; readonly version: string } | null;
  readonly driver: Driver;
}[] = [
  {
    file: "verify.library.mjs",
    needs: null,
    driver: javascript("verify.library.mjs", "snippet.verified(secret, headers, body) !== null"),
  },
  {
    file: "verify.mjs",
    needs: null,
    driver: javascript("verify.mjs", "snippet.verify(secret, headers, Buffer.from(body))"),
  },
  { file: "verify.py", needs: { command: "python3", version: "--version" }, driver: python },
  { file: "verify.go", needs: { command: "go", version: "version" }, driver: go },
  { file: "verify.php", needs: { command: "php", version: "--version" }, driver: php },
  { file: "verify.sh", needs: { command: "openssl", version: "version" }, driver: bash },
];
