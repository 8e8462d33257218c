import type { Inputs } from "../../../lib/schedule/inputs.ts";
import { inputsOf } from "../../../lib/schedule/inputs.ts";
import type { Override } from "../../../lib/schedule/override.ts";

/** What decides, as people have made it, beginning at some instant between `asked` and `answered`. */
export interface Version {
  readonly asked: number;
  readonly answered: number;
  readonly what: string;
  readonly schedule: string | null;
  /** The override that was taken back. */
  readonly override?: string;
  readonly inputs: Inputs;
}

type About = Omit<Version, "inputs">;

/** Somebody has switched a server by hand, at the provider or by an operation of their own. */
export interface Hand {
  readonly at: number;
  readonly server: string;
  readonly to: "on" | "off";
  readonly how: "provider" | "operation";
}

/** Somebody has clicked on the link of a notice. */
export interface Click {
  readonly schedule: string;
  readonly stopAt: number;
  readonly asked: number;
  readonly answered: number;
  readonly status: number;
}

/** Somebody has woken servers. */
export interface Woken {
  readonly schedule: string;
  readonly override: string;
  readonly servers: readonly string[] | null;
  readonly until: string;
  readonly asked: number;
  readonly answered: number;
}

/** A person has confirmed what a tick has asked. */
export interface Confirmed {
  readonly schedule: string;
  readonly id: string;
  readonly asked: number;
  readonly answered: number;
  readonly status: number;
}

/** A call that asks a server for a power state, as the provider has taken or refused it. */
export interface PowerCall {
  readonly at: number;
  readonly server: string;
  readonly to: "on" | "off";
  readonly wasTaken: boolean;
}

/** What people have done and were told, and what the provider was asked for. */
export class Ledger {
  readonly versions: Version[] = [
    {
      asked: 0,
      answered: 0,
      what: "nothing",
      schedule: null,
      inputs: inputsOf({ tz: process.versions.tz ?? "unknown" }),
    },
  ];
  readonly hands: Hand[] = [];
  readonly clicks: Click[] = [];
  readonly wakes: Woken[] = [];
  readonly confirmed: Confirmed[] = [];
  readonly calls: PowerCall[] = [];
  /** Servers that were locked, protected or deleted, or the contrary, at some instant. */
  readonly meddled: { readonly at: number; readonly server: string; readonly what: string }[] = [];
  /** How servers stood when they were made, with their tags. */
  readonly made = new Map<
    string,
    { readonly at: number; readonly state: string; readonly tags: readonly string[] }
  >();
  /** Answers that nobody should get. */
  readonly odd: string[] = [];

  get inputs(): Inputs {
    return this.versions.at(-1)?.inputs ?? inputsOf({});
  }

  change(about: About, change: (inputs: Inputs) => Inputs): void {
    this.versions.push({ ...about, inputs: change(this.inputs) });
  }

  /** An override as it was shown, in the place of the one of its id. */
  override(about: About, override: Override): void {
    this.change(about, (inputs) => ({
      ...inputs,
      overrides: [...inputs.overrides.filter(({ id }) => id !== override.id), override],
    }));
  }
}
