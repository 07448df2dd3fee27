/** CLOCK_MONOTONIC in nanoseconds: the clock of the game's stamps. */
export const nowNs = () => process.hrtime.bigint();
export const msBetween = (from, to) => Number(to - from) / 1e6;
export const msSince = (from) => msBetween(from, nowNs());
export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });
/** A pause of no fixed length, so that samples do not fall in step with somebody's timer. */
export const jitter = (least, most) => sleep(least + Math.random() * (most - least));

/** Asks until the answer is true; throws after `timeoutMs`, saying what did not happen. */
export async function until(what, ask, { timeoutMs = 20_000, everyMs = 2 } = {}) {
  const begun = nowNs();
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (msSince(begun) > timeoutMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
    await sleep(everyMs);
  }
}
