/** What a script may branch on. The same number is `error.exit_code` in JSON. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  auth: 4,
  conflict: 5,
  limited: 6,
  partial: 7,
  failed: 8,
  changes: 9,
  timeout: 124,
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** In words, for `help exit-codes` and the docs. */
export const exitCodeWords: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.ok, "ok"],
  [exitCodes.unexpected, "unexpected: the API can't be reached, or has failed itself"],
  [exitCodes.usage, "usage: the command or what it was given is wrong, or a question could not be asked"],
  [exitCodes.notFound, "not found"],
  [exitCodes.auth, "the key is missing, not known, or not allowed to do this"],
  [exitCodes.conflict, "conflict, or the idempotency key was used with another request"],
  [exitCodes.limited, "a quota or a rate limit"],
  [exitCodes.partial, "partial failure: some items of a bulk job did not succeed, some did"],
  [
    exitCodes.failed,
    "the operation failed, was cancelled or needs attention; or no item of a bulk job succeeded",
  ],
  [exitCodes.changes, "`schedule diff` has found changes"],
  [exitCodes.timeout, "`--timeout` is over; the work goes on"],
  [exitCodes.interrupted, "Ctrl-C, or SIGTERM; the work goes on"],
];

const byStatus = new Map<number, ExitCode>([
  [401, exitCodes.auth],
  [403, exitCodes.auth],
  [404, exitCodes.notFound],
  [410, exitCodes.notFound],
  [409, exitCodes.conflict],
  [412, exitCodes.conflict],
  [429, exitCodes.limited],
]);

const byCode = new Map<string, ExitCode>([
  ["IDEMPOTENCY_KEY_REUSED", exitCodes.conflict],
  ["RATE_LIMITED", exitCodes.limited],
  ["QUOTA_EXCEEDED", exitCodes.limited],
]);

/** The exit code for a request that was refused with this HTTP status and problem code. */
export const exitCodeOf = (status: number, code: string): ExitCode => {
  const known = byCode.get(code) ?? byStatus.get(status);
  if (known !== undefined) return known;
  if (/QUOTA|LIMIT/.test(code) && status < 500) return exitCodes.limited;
  return status >= 400 && status < 500 ? exitCodes.usage : exitCodes.unexpected;
};
