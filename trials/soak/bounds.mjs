const megabyte = 1024 * 1024;

/**
 * How much a figure may be above its baseline at the end. The baseline is taken after the warm-up, when every code path
 * has been gone through once; V8 and Redis keep some room of their own, so memory gets a margin.
 */
export const bounds = {
  supervisorBytes: 24 * megabyte,
  queueBytes: 40 * megabyte,
  redisBytes: 24 * megabyte,
  supervisorHandles: 3,
  queueHandles: 3,
  redisHandles: 3,
  processes: 0,
  /** Those that do not expire by themselves. */
  keys: 2,
  /** In the home, without Redis's. A log is rotated into so many. */
  files: 10,
  /**
   * $SERVERS, and the home without log/ and redis/. Recorded answers are cut at 2,000 lines per server, and go with it.
   */
  diskBytes: 4 * megabyte,
  /** log/ and redis/: rotated and rewritten, with limits of their own. */
  logBytes: 256 * megabyte,
};

/** Names of the figures that have grown past their bound, with by how much. */
export function grown(baseline, last) {
  return Object.entries(bounds)
    .filter(([name, bound]) => last[name] - baseline[name] > bound)
    .map(
      ([name, bound]) =>
        `${name}: ${baseline[name]} → ${last[name]}, ${last[name] - baseline[name]} more (at most ${bound})`,
    );
}
