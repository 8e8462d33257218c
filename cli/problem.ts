import * as z from "zod";
import { exitCodeOf } from "./exit-codes.ts";
import { CliFailure } from "./failure.ts";

/** Problem details, as far as we show them. */
export const problemSchema = z.looseObject({
  type: z.string().optional(),
  title: z.string().optional(),
  status: z.number().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  hint: z.string().optional(),
  request_id: z.string().optional(),
  errors: z.array(z.looseObject({ pointer: z.string(), detail: z.string() })).optional(),
});
export type Problem = z.infer<typeof problemSchema>;

const mostFaults = 20;

/** Where more is said about a problem: its own address, if it has one that can be opened. */
export const docsOf = (problem: Problem): string =>
  /^https?:/.test(problem.type ?? "") ? (problem.type ?? "") : "switchyard help exit-codes";

/** `line 3, type: …`: a row says its line, and its pointer says which cell. */
const faultLine = ({ pointer, detail }: { readonly pointer: string; readonly detail: string }): string => {
  const row = /^(?<place>(?:line|item) \d+): (?<words>[^]*)$/.exec(detail)?.groups;
  if (row === undefined) return pointer === "" || detail.includes(pointer) ? detail : `${pointer}  ${detail}`;
  const { place = "", words = "" } = row;
  const cell = pointer.split("/").slice(3).join(".");
  return cell === "" || words.includes(cell) ? detail : `${place}, ${cell}: ${words}`;
};

const faultLines = ({ errors = [] }: Problem): string[] => {
  const lines = errors.slice(0, mostFaults).map(faultLine);
  const more = errors.length - lines.length;
  return more > 0 ? [...lines, `… and ${more} more`] : lines;
};

/** Who to ask, and how, when a key is refused. */
const authFix = (keyFrom: string): string =>
  `The key is ${keyFrom}. Set SWITCHYARD_API_KEY to one that the endpoint knows and that may do this.`;

/** What a refusal means for whoever typed the command. `keyFrom` says where the key is from, never the key. */
export const failureOfProblem = (
  problem: Problem,
  status: number,
  more: { readonly keyFrom: string; readonly requestId: string | null; readonly retryAfter: string | null },
): CliFailure => {
  const code = problem.code ?? `HTTP_${status}`;
  const faults = faultLines(problem);
  const detail = problem.detail ?? "";
  // A detail that only repeats the first fault says nothing more.
  const isRepeated = (problem.errors ?? []).some((fault) => detail.includes(fault.detail));
  const again = more.retryAfter === null ? [] : [`Again in ${more.retryAfter} s.`];
  return new CliFailure({
    exitCode: exitCodeOf(status, code),
    code,
    message: problem.title ?? `The API has answered ${status}`,
    why: [...(detail === "" || isRepeated ? [] : [detail]), ...faults],
    fix: [
      // The API's hint about a missing key is for those who write headers themselves.
      ...(problem.hint === undefined || status === 401 ? [] : [problem.hint]),
      ...(status === 401 || status === 403 ? [authFix(more.keyFrom)] : []),
      ...again,
    ],
    docs: docsOf(problem),
    request: problem.request_id ?? more.requestId ?? undefined,
  });
};
