import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { verify } from "./verify.mjs";

const { WEBHOOK_SECRET: secret = "", PORT: port = "9000" } = process.env;

/** Events that were taken. With more than one process: a table whose key is the id. */
const taken = new Set();

const take = async (request) => {
  const body = await buffer(request);
  if (!verify(secret, request.headers, body)) return 401;
  const { id, type, subject, sequence } = JSON.parse(body.toString("utf8"));
  if (!taken.has(id)) console.log(`${type} ${subject} ${sequence}`);
  taken.add(id);
  return 204;
};

createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    () => response.writeHead(400).end(),
  );
}).listen(Number(port), "127.0.0.1", () => console.log("listening"));
