const zoned = /^([a-z]{2}-[a-z]{3}-\d{1,2})\/(.+)$/;

/**
 * The zone of a thing, and its id there. What was made outside its connection's zone keeps its zone in its id
 * (`nl-ams-1/<uuid>`): so it stands in the operation's row, and every look, call and sweep goes where it is.
 */
export const placeOf = (id: string, home: string): { readonly zone: string; readonly id: string } => {
  const [, zone, inner] = zoned.exec(id) ?? [];
  return zone === undefined || inner === undefined ? { zone: home, id } : { zone, id: inner };
};

/** The id by which a thing of a zone is known outside; ids of the connection's own zone stand alone. */
export const idOutside = (id: string, zone: string, home: string): string =>
  zone === home ? id : `${zone}/${id}`;
