import * as z from "zod";
import { Child, type Usage, usageSchema } from "./child.ts";

const endedSchema = z.object({ answered: z.number(), answer: z.unknown(), failed: z.string().optional() });
type Ended = z.infer<typeof endedSchema>;

/** The process of one function; its invocations share it, as many as there are at a time. */
export class FunctionHost {
  readonly #process: Child;
  readonly #calls = new Map<number, (ended: Ended) => void>();
  #count = 0;

  constructor(bundles: string, module: string) {
    const environment = z.record(z.string(), z.string()).parse({ ...process.env });
    this.#process = Child.start("functions-host.mjs", { bundles, module }, environment);
    this.#process.onMessage(endedSchema, (ended) => {
      this.#calls.get(ended.answered)?.(ended);
      this.#calls.delete(ended.answered);
    });
  }

  /** Resolves when its bundle is loaded. */
  async ready(): Promise<void> {
    await this.#process.next(z.object({ ready: z.literal(true) }));
  }

  /** From now on it is measured. */
  begin(): void {
    this.#process.send("go");
  }

  /** @throws Error what the function has thrown */
  async call(event: unknown, milliseconds: number): Promise<unknown> {
    this.#count += 1;
    const number = this.#count;
    const ended = new Promise<Ended>((end) => this.#calls.set(number, end));
    this.#process.send({ call: number, event, milliseconds });
    const { answer, failed } = await ended;
    if (failed !== undefined) throw new Error(failed);
    return answer;
  }

  usage(): Promise<Usage> {
    this.#process.send("report");
    return this.#process.next(usageSchema);
  }
}
