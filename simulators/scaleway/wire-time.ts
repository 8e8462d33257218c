/** An instant as both Scaleway dialects write it: microseconds and `+00:00`, never `Z`. */
export const toWireTime = (epochMilliseconds: number): string => {
  const whole = Math.floor(epochMilliseconds);
  const micros = Math.floor((epochMilliseconds - whole) * 1000);
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}+00:00`;
};
