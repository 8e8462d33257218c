/** Settings of an endpoint whose change is told. They stand alone, so that who needs the names gets no examples of events. */
export const endpointFields = [
  "url",
  "types",
  "tags",
  "description",
  "headers",
  "connections",
  "state",
] as const;
