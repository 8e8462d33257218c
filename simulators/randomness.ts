import { createHash } from "node:crypto";

/** One number in [0, 1) a call. */
export type Draw = () => number;

/** The mulberry32 generator: small, fast, and the same numbers for the same seed on every machine. */
export const mulberry32 = (seed: number): Draw => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

const digest = (text: string): Buffer => createHash("sha256").update(text).digest();

/** A stream of its own for each component, so that drawing more in one place changes nothing in another. */
export const splitRandom = (seed: string, component: string): Draw =>
  mulberry32(digest(`${seed}/${component}`).readUInt32LE(0));

/** A normally distributed number with mean 0 and deviation 1 (Box and Muller). */
const normal = (draw: Draw): number => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());

/** A lognormal number: `median` is its median (any unit), `sigma` the deviation of its logarithm. */
export const lognormal = (draw: Draw, median: number, sigma: number): number =>
  median * Math.exp(sigma * normal(draw));

/** A UUID that is always the same for the same text. */
export const uuidOf = (text: string): string => {
  const bytes = digest(text).subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
};

/** Whole numbers in [0, 256), always the same for the same text: the last parts of an address. */
export const octetsOf = (text: string, count: number): number[] => [...digest(text).subarray(0, count)];
