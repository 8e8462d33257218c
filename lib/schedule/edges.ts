import { boardOf } from "./board.ts";
import type { Inputs, Wanted } from "./inputs.ts";
import { dayMilliseconds } from "./local-date.ts";
import { zoneOf } from "./schedule.ts";
import type { Said, Track, TrackSegment } from "./track.ts";
import { localText } from "./wall-time.ts";
import { edgeWords } from "./words.ts";

/** An instant at which servers are to be switched, in milliseconds since the epoch. */
export interface Edge {
  readonly at: number;
  readonly action: "on" | "off";
  readonly why: string;
  /** The zone in which it was written. */
  readonly zone: string;
  /** What people read there: `2026-03-29T03:30+02:00`. */
  readonly local: string;
}

/** How far an edge is looked for. */
export const horizon = 400 * dayMilliseconds;
const margin = 2 * 60_000;

/** A stretch in which a track says the same, with the word that begins it and the one that stands at its end. */
interface Stretch {
  readonly from: number;
  readonly says: Wanted;
  readonly first: Said | null;
  readonly last: Said | null;
}

const isEdge = (said: Said | null): boolean => said?.segment.level === "edge";

const stretchesOf = (segments: readonly TrackSegment[]): Stretch[] => {
  const stretches: Stretch[] = [];
  for (const { from, says, decider } of segments) {
    const last = stretches.at(-1);
    if (last !== undefined && last.says === says && isEdge(last.last) === isEdge(decider))
      stretches[stretches.length - 1] = { ...last, last: decider };
    else stretches.push({ from, says, first: decider, last: decider });
  }
  return stretches;
};

const edgeBetween = (earlier: Stretch | undefined, before: Stretch, then: Stretch): Edge | null => {
  const { first: decider, says, from: at } = then;
  if (decider === null || says === "any" || says === before.says) return null;
  // After an edge that holds for its minute only, everything is as it was before: that is no edge again.
  if (isEdge(before.last) && says === earlier?.says) return null;
  const ended = before.last?.segment ?? null;
  const zone = decider.segment.span?.zone ?? ended?.span?.zone ?? zoneOf(decider.schedule);
  return { at, action: says, why: edgeWords(ended, decider.segment), zone, local: localText(zone, at) };
};

/** The edges of a track in `[from, to)`, in order: wherever on or off begins after something else. */
export const trackEdges = (track: Track, from: number, to: number): Edge[] => {
  const stretches = stretchesOf(track.segments(from - margin, to));
  return stretches.flatMap((then, index) => {
    const before = stretches[index - 1];
    if (before === undefined || then.from < from) return [];
    return edgeBetween(stretches[index - 2], before, then) ?? [];
  });
};

/** The edges of one schedule in `[from, to)`, in order; overrides are not among them. Empty for an unknown name. */
export const edgesOf = (inputs: Inputs, name: string, from: number, to: number): Edge[] => {
  const timeline = boardOf(inputs).timeline(name);
  return timeline === null ? [] : trackEdges(boardOf(inputs).track([timeline.schedule]), from, to);
};

/** Stretches that are searched one after the other, until something is found. */
const strides = [2, 8, 32, 128, 400].map((days) => days * dayMilliseconds);

/** The latest edge at or before `now` and after `since` (default: 400 days before), which a tick applies (R35). */
export const latestEdge = (inputs: Inputs, name: string, now: number, since = now - horizon): Edge | null => {
  for (const stride of strides) {
    const from = Math.max(since + 1, now - stride);
    const found = edgesOf(inputs, name, from, now + 1).at(-1);
    if (found !== undefined) return found;
    if (from === since + 1) return null;
  }
  return null;
};

/** The first edge after an instant, within 400 days; null when there is none. */
export const nextEdge = (inputs: Inputs, name: string, after: number): Edge | null => {
  for (const stride of strides) {
    const found = edgesOf(inputs, name, after + 1, after + stride).at(0);
    if (found !== undefined) return found;
  }
  return null;
};
