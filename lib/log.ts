import { Logger } from "@aws-lambda-powertools/logger";
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { Log, LogFields } from "./ports/log.ts";

/** Name of the service in each line, and of the metrics' namespace. */
const serviceName = "switchyard";
const namespace = "Switchyard";

export interface LogSettings {
  readonly level: "DEBUG" | "INFO" | "WARN" | "ERROR" | "SILENT";
}

/** A log whose metrics are written out at the end of each invocation. */
export interface OpenLog extends Log {
  /** Writes the counts so far as one line of CloudWatch's embedded metric format; nothing when there are none. */
  flush(): void;
}

/** One JSON line a step (warnings and errors on standard error), counts as embedded metrics. */
export const createLog = (settings: LogSettings): OpenLog => {
  const logger = new Logger({ serviceName, logLevel: settings.level });
  const metrics = new Metrics({ namespace, serviceName });
  const line = (fields: LogFields | undefined): Record<string, unknown> => ({ ...fields });
  return {
    debug: (message, fields) => logger.debug(message, line(fields)),
    info: (message, fields) => logger.info(message, line(fields)),
    warn: (message, fields) => logger.warn(message, line(fields)),
    error: (message, fields) => logger.error(message, line(fields)),
    count: (metric, value) => {
      metrics.addMetric(metric, "Count", value);
    },
    flush: () => {
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    },
  };
};
