import type { Call, CallLog } from "./call-log.ts";
import type { HumanEdit, RunningDialect, ServerGlance } from "./dialect.ts";
import type { ActiveFault, FaultRequest, Faults } from "./faults.ts";
import type { World } from "./world.ts";

/** What a test, a demo or a person may do behind the provider's back. The control endpoint offers the same. */
export interface SimulatorControl {
  /** Switches a fault on; returns its id. */
  addFault(fault: FaultRequest): string;
  removeFault(id: string): boolean;
  clearFaults(): void;
  faults(): ActiveFault[];
  /** Every call since the log was cleared, oldest first. */
  calls(): readonly Call[];
  /** Calls by route, such as `POST /servers/{}/action`. */
  counts(): Record<string, number>;
  clearCalls(): void;
  /** Every server with the state that a client would be shown now. */
  servers(): ServerGlance[];
  /** A human deletes a server, from any state. False when it is not there. */
  removeServer(id: string): boolean;
  /** A human renames, tags, or switches a server. False when it is not there. */
  editServer(id: string, edit: HumanEdit): boolean;
}

export const createControl = (parts: {
  world: World;
  dialect: RunningDialect;
  faults: Faults;
  log: CallLog;
}): SimulatorControl => {
  const { world, dialect, faults, log } = parts;
  const saved = <T>(change: () => T): T => {
    dialect.settle();
    const result = change();
    world.save();
    return result;
  };
  return {
    addFault(fault) {
      if (fault.name === "error" && dialect.errorAnswer(fault.type ?? "", "/") === undefined) {
        throw new Error(
          `The fault "error" needs a type that this dialect has, not ${JSON.stringify(fault.type)}`,
        );
      }
      return faults.add(fault);
    },
    removeFault: (id) => faults.remove(id),
    clearFaults: () => faults.clear(),
    faults: () => faults.list(),
    calls: () => log.calls(),
    counts: () => log.counts(),
    clearCalls: () => log.clear(),
    servers: () => saved(() => dialect.servers()),
    removeServer: (id) => saved(() => dialect.removeServer(id)),
    editServer: (id, edit) => saved(() => dialect.editServer(id, edit)),
  };
};
