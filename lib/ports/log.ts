/** Fields that a log line may carry. Never headers, bodies, user data, URL queries or secrets. */
export interface LogFields {
  readonly operation_id?: string;
  readonly bulk_job?: string;
  readonly endpoint_id?: string;
  readonly delivery_id?: string;
  /** Name of a hook that there is, and of a rule of it. */
  readonly hook?: string;
  readonly rule?: string;
  readonly connection?: string;
  readonly kind?: string;
  readonly state?: string;
  readonly why?: string;
  readonly provider_request_id?: string;
  readonly request_id?: string;
  readonly code?: string;
  readonly count?: number;
  readonly milliseconds?: number;
  readonly error?: string;
}

/** One JSON line a step. Successful looks are logged at debug only, so that polling never fills the log. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Counts something for the metrics (alarms are set on them). Unit: count. */
  count(
    metric:
      | "ProviderRateLimited"
      | "NeedsAttention"
      | "OldestOpenOperationSeconds"
      | "FollowerHeartbeat"
      | "EndpointTrouble"
      | "HookRefused",
    value: number,
  ): void;
}
