/**
 * Work that goes on beside the rounds of a follower: one piece at a time under each name. One that takes long, or
 * fails, keeps nobody waiting who has another name.
 */
export class Errands {
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures: unknown[] = [];

  isRunning(name: string): boolean {
    return this.#running.has(name);
  }

  /** The names under which something goes on. */
  get running(): Iterable<string> {
    return this.#running.keys();
  }

  /** Begins the work, unless some is going on under this name. A failure is kept until the end. */
  begin(name: string, work: () => Promise<void>): void {
    if (this.#running.has(name)) return;
    const run = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        this.#failures.push(error);
      } finally {
        this.#running.delete(name);
      }
    };
    this.#running.set(name, run());
  }

  /** Resolves when what goes on under this name is over. Never throws. */
  async over(name: string): Promise<void> {
    await this.#running.get(name);
  }

  /** Whether nothing goes on. */
  get isEmpty(): boolean {
    return this.#running.size === 0;
  }

  /** What failed so far. */
  get failures(): readonly unknown[] {
    return this.#failures;
  }

  /** Resolves when nothing goes on any more. Never throws: see `failures`. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }
}
