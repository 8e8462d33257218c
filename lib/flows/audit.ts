import { auditFolder, auditKeptSeconds, auditNameOf, type AuditEntry } from "../access/audit-entry.ts";
import { instant } from "../operation/time.ts";
import type { Ports } from "../ports/ports.ts";

/**
 * Writes down who did what. It has been done by then, and the answer does not change when this fails: the log has it.
 */
export const writeAudit = async (
  entry: Omit<AuditEntry, "at">,
  { documents, clock, randomness, log }: Pick<Ports, "documents" | "clock" | "randomness" | "log">,
): Promise<void> => {
  const now = clock.now();
  const suffix = randomness.token().replaceAll(/[^0-9A-Za-z]/g, "");
  const whole: AuditEntry = { at: instant(now), ...entry };
  try {
    await documents.save(
      auditFolder,
      auditNameOf(now, suffix),
      whole,
      0,
      Math.ceil(now / 1000) + auditKeptSeconds,
    );
  } catch (error) {
    log.error("the audit trail lacks an entry", {
      request_id: entry.request_id ?? "",
      why: `${entry.actor} ${entry.action} ${entry.target} ${entry.status}`,
      error: error instanceof Error ? error.message : "unknown fault",
    });
  }
};
