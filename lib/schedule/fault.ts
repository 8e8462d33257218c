/** What is wrong with something that was put, and where, as a JSON Pointer from its root. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
}
