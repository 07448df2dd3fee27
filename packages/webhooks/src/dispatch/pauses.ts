/** So many tries has a message. */
export const mostTries = 10;
/** A message keeps its place for so many. Then it is tried beside those behind it. */
export const triesInPlace = 4;
/** After so many failures in a row one try at a time looks whether the receiver is back. */
export const failuresToPause = 4;

/**
 * The pauses after the first try to the ninth, in units of the first: 5 s, 30 s, 5 min, 30 min, 2 h, 5 h, 12 h, 22 h,
 * 30 h. Ten tries take three days, as Standard Webhooks advises.
 */
const units = [1, 6, 60, 360, 1_440, 3_600, 8_640, 15_840, 21_600];
/** The first pause of an endpoint that takes nothing, and the longest: 1 min and 30 min. */
const firstPauseUnits = 12;
const longestPauseUnits = 360;
/** Each pause is up to a fifth shorter or longer, so that boxes do not all come at once. */
const jitter = 0.2;

/** The pause after a message has failed `tries` times, milliseconds. */
export const pauseAfter = (tries: number, firstMs: number, random: () => number): number =>
  jittered((units[Math.min(tries, units.length) - 1] ?? 1) * firstMs, random);

/** The pause of an endpoint after so many failures in a row, milliseconds. None before there are several. */
export function pauseOfEndpoint(failures: number, firstMs: number, random: () => number): number {
  if (failures < failuresToPause) return 0;
  return jittered(Math.min(firstPauseUnits * 2 ** (failures - failuresToPause), longestPauseUnits) * firstMs, random);
}

const jittered = (ms: number, random: () => number): number => Math.round(ms * (1 - jitter + 2 * jitter * random()));
