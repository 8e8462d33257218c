import type { Exception } from "./exceptions.ts";
import type { Wanted } from "./inputs.ts";
import type { Span } from "./span.ts";

/**
 * Where a schedule has its word from, the strongest first where several schedules speak: `required` by another schedule,
 * a `calendar`, its own `rule`, the `edge` of a schedule that acts on edges of one kind only, its `default` outside of all
 * periods. A `pulse` is the end of a period after which servers are left alone: it counts only where nothing else has a
 * say. Edges and pulses hold for one minute.
 */
export type Level = "required" | "calendar" | "rule" | "edge" | "default" | "pulse";

/** A stretch of time `[from, to)` in which one schedule says one thing for one reason. Epoch milliseconds. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly says: Wanted;
  readonly level: Level;
  /** The span that decides, or that an exception has put aside. */
  readonly span: Span | null;
  /** What a calendar says of this time, whether or not it decides. */
  readonly exception: Exception | null;
  /** The schedule that requires it. */
  readonly by: string | null;
}

/** A stretch in which a schedule has to be on because another one, that needs it, is. */
export interface Required {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

const isSame = (one: Segment, other: Segment): boolean =>
  one.says === other.says &&
  one.level === other.level &&
  one.by === other.by &&
  one.exception?.calendar === other.exception?.calendar &&
  one.exception?.label === other.exception?.label &&
  one.span?.source === other.span?.source &&
  one.span?.from === other.span?.from;

/** Segments in order, with neighbours that are the same joined. */
export const joined = (segments: readonly Segment[]): Segment[] => {
  const result: Segment[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    if (last !== undefined && last.to === segment.from && isSame(last, segment))
      result[result.length - 1] = { ...last, to: segment.to };
    else result.push(segment);
  }
  return result;
};

/** The parts of segments that lie in `[from, to)`. */
export const clipped = <S extends { readonly from: number; readonly to: number }>(
  segments: readonly S[],
  from: number,
  to: number,
): S[] =>
  segments.flatMap((segment) =>
    segment.to <= from || segment.from >= to
      ? []
      : [
          segment.from >= from && segment.to <= to
            ? segment
            : { ...segment, from: Math.max(segment.from, from), to: Math.min(segment.to, to) },
        ],
  );

/** The segment of an instant, by halving. Segments are in order and without holes. */
export const segmentAt = <S extends { readonly from: number; readonly to: number }>(
  segments: readonly S[],
  at: number,
): S | undefined => {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.from ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return segments[low];
};
