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

/** What is shown of tags: so many, each so long, so that an event stays small. */
const mostTags = 50;
const longestTag = 200;

/** The tags that people have put there, without ours. */
export const peoplesTags = (tags: readonly string[]): string[] =>
  tags.filter((tag) => !tag.startsWith("swy:") && tag.length <= longestTag).slice(0, mostTags);

/** The operation that the tags name as the resource's maker, or null. */
export const madeBy = (tags: readonly string[]): string | null => {
  for (const tag of tags) {
    const id = operationTag.exec(tag)?.[1];
    if (id !== undefined) return id;
  }
  return null;
};
