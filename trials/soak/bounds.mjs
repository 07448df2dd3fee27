const megabyte = 1024 * 1024;

/**
 * How much a figure may be above its baseline at the end. The baseline is taken after the warm-up, when every code path
 * has run once. Memory gets a margin, because V8 and Redis keep some room of their own.
 */
export const bounds = {
  supervisorBytes: 24 * megabyte,
  queueBytes: 40 * megabyte,
  redisBytes: 24 * megabyte,
  supervisorHandles: 3,
  queueHandles: 3,
  redisHandles: 3,
  processes: 0,
  /** Keys that do not expire by themselves. */
  keys: 2,
  /** Files in the home, without Redis's. A log is rotated into up to this many. */
  files: 10,
  /**
   * $SERVERS, and the home without log/ and redis/. A server's recorded answers are cut at 2,000 lines and are removed
   * with it.
   */
  diskBytes: 4 * megabyte,
  /** log/ and redis/, which are rotated and rewritten within limits of their own. */
  logBytes: 256 * megabyte,
};

/** The figures that have grown past their bound, each as a sentence that says by how much. */
export function grown(baseline, last) {
  return Object.entries(bounds)
    .filter(([name, bound]) => last[name] - baseline[name] > bound)
    .map(
      ([name, bound]) =>
        `${name}: ${baseline[name]} → ${last[name]}, ${last[name] - baseline[name]} more (at most ${bound})`,
    );
}
