import type { DialectName } from "../../lib/connection.ts";

/** An endpoint of one of the API documents that the dialects are made from. */
export interface SeedEndpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As the document has it, without its query. */
  readonly path: string;
  /** What the document calls it. */
  readonly title: string;
}

/** An API document and the dialect that speaks it. */
export interface SeedDocument {
  readonly number: "000" | "001" | "002" | "003" | "004";
  readonly dialect: DialectName;
  readonly title: string;
  readonly endpoints: readonly SeedEndpoint[];
}

const endpoint = (line: string): SeedEndpoint => {
  const [method, path = "", ...words] = line.split(" ");
  switch (method) {
    case "GET":
    case "POST":
    case "PUT":
    case "PATCH":
    case "DELETE":
      return { method, path, title: words.join(" ") };
    case undefined:
    default:
      throw new Error(`${line} begins with no method`);
  }
};

const document = (
  number: SeedDocument["number"],
  dialect: DialectName,
  title: string,
  lines: readonly string[],
): SeedDocument => ({ number, dialect, title, endpoints: lines.map(endpoint) });

const serversAndActions = [
  "GET /servers List all servers",
  "GET /servers/{server_id} Retrieve a server",
  "PUT /servers/{server_id} Update a server",
  "DELETE /servers/{server_id} Remove a server",
  "GET /servers/{server_id}/action List all actions",
  "POST /servers/{server_id}/action Execute an action",
];

/** Every endpoint of the five API documents, in the documents' order. */
export const seedDocuments: readonly SeedDocument[] = [
  document("000", "scaleway-compute", "Servers, 2016", [
    "POST /servers Create a new server",
    ...serversAndActions,
    "GET /tasks/{task_id} The task that the answer's location header names",
  ]),
  document("001", "scaleway-draft", "Servers resources, April 2014", [
    "POST /servers Creates a new server",
    ...serversAndActions,
  ]),
  document("002", "scaleway-v1", "api.scaleway.com/{version}, January 2014", [
    "GET /containers List containers",
    "POST /containers Create container",
    "GET /containers/{container_id} Container info",
    "PUT /containers/{container_id} Edit container",
    "DELETE /containers/{container_id} Delete container",
    "GET /containers/{container_id}/objects List container objects",
    "POST /containers/{container_id}/objects Create container object",
    "GET /containers/{container_id}/objects/{object_id} Container object info",
    "PUT /containers/{container_id}/objects/{object_id} Edit container object",
    "DELETE /containers/{container_id}/objects/{object_id} Delete container object",
    "GET /servers Server list",
    "POST /servers Create server",
    "GET /servers/{server_id} Server info",
    "PUT /servers/{server_id} Edit server",
    "DELETE /servers/{server_id} Delete server",
    "GET /servers/{server_id}/action List server actions",
    "POST /servers/{server_id}/action Run server action",
    "GET /servers/{server_id}/sessions List server sessions",
    "GET /servers/{server_id}/sessions/{session_id} Get server session info",
    "GET /servers/{server_id}/tags List server tags",
    "POST /servers/{server_id}/tags Attach tag to server",
    "DELETE /servers/{server_id}/tags/{tag_id} Detach tag from server",
    "GET /volumes List volumes",
    "POST /volumes Create volume",
    "GET /volumes/{volume_id} Volume info",
    "GET /tags List tags",
    "GET /tags/{tag_id} Tag info",
    "POST /tags Add tag",
    "PUT /tags/{tag_id} Edit tag",
    "DELETE /tags/{tag_id} Delete tag",
    "GET /tags/{tag_id}/metadatas List tag metadata",
    "POST /tags/{tag_id}/metadatas Create tag metadata",
    "PUT /tags/{tag_id}/metadatas/{metadata_key} Update tag metadata",
    "DELETE /tags/{tag_id}/metadatas/{metadata_key} Delete tag metadata",
    "GET /organizations List organizations",
    "GET /organizations/summary List a summary of organizations",
    "POST /organizations Add organization",
    "GET /organizations/{id} Get organization",
    "PUT /organizations/{id} Edit or update organization",
    "DELETE /organizations/{id} Delete an organization",
  ]),
  document("003", "convoy-v0", "Convoy application API, 2022", [
    "GET /api/application/servers Fetching servers",
    "GET /api/application/servers/{server_id} Fetching a server",
    "PUT /api/application/servers/{server_id} Updating a server",
    "POST /api/application/servers Creating a server",
    "DELETE /api/application/servers/{server_id} Deleting a server",
    "GET /api/application/servers/{server_id}/specifications Fetching an individual server's specifications",
    "PATCH /api/application/servers/{server_id}/specifications Updating a server's specifications",
  ]),
  document("004", "scaleway-compute", "Scaleway API, general part, 2016", [
    "GET /volumes/{volume_id} The example of a request",
    "POST /tokens Basic authentication",
    "GET /images Paginated request",
  ]),
];
