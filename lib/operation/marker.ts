/** What makes a resource ours beyond doubt: exact tags inside the create request. */
export interface Marker {
  /** `swy:op=<operation id>`: which request made it. */
  readonly operation: string;
  /** `swy:dep=<deployment>`: which installation made it. */
  readonly deployment: string;
}

/** The marker of an operation of one deployment (deployment: a-z, 0-9 and -, at most 40). */
export const markerOf = (operationId: string, deployment: string): Marker => ({
  operation: `swy:op=${operationId}`,
  deployment: deploymentTag(deployment),
});

/** The tags to send: the caller's own, then ours. */
export const withMarker = (tags: readonly string[], marker: Marker): string[] => [
  ...tags,
  marker.operation,
  marker.deployment,
];

/** Whether the tags say that the resource was made for this operation. Ids differ between deployments, so one tag is enough. */
export const bearsMarker = (tags: readonly string[], marker: Marker): boolean =>
  tags.includes(marker.operation);

/** The tag that names an operation, and the id in it. */
export const operationTag = /^swy:op=(op_[0-9a-z]{26})$/;

/** The tag that names a deployment. */
export const deploymentTag = (deployment: string): string => `swy:dep=${deployment}`;

/** What is kept of tags, in bytes of UTF-8 as JSON writes them, so that an event stays below 20 KB. */
const mostTagBytes = 10_000;

/** The tags that people have put there, without ours, in their order: the first ones that fit into 10,000 bytes together. */
export const peoplesTags = (tags: readonly string[]): string[] => {
  const theirs = tags.filter((tag) => !tag.startsWith("swy:"));
  let bytes = 0;
  const end = theirs.findIndex((tag) => {
    // A comma or a bracket stands beside each.
    bytes += Buffer.byteLength(JSON.stringify(tag)) + 1;
    return bytes > mostTagBytes;
  });
  return end === -1 ? theirs : theirs.slice(0, end);
};

/** The operation that the tags name as the resource's maker, or null. */
export const madeBy = (tags: readonly string[]): string | null => {
  for (const tag of tags) {
    const id = operationTag.exec(tag)?.[1];
    if (id !== undefined) return id;
  }
  return null;
};
