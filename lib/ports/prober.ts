/**
 * Asks from outside whether something answers: public addresses only, nothing is sent that could change anything, and
 * what comes back is not kept.
 */
export interface Prober {
  /** Whether a connection to the port can be made. Never throws. */
  connects(address: string, port: number): Promise<boolean>;
  /** Whether a GET is answered with 2xx. Never throws. */
  answers(url: string): Promise<boolean>;
}
