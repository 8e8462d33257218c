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
  deployment: `swy:dep=${deployment}`,
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
