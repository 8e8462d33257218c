/** What is wrong, and where, as a JSON Pointer. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}
