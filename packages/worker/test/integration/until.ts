/**
 * Longest that a test waits for what must happen, milliseconds. A starved machine keeps it: six loops beside the tests
 * make them eight times slower, and what takes longest takes ten seconds on a machine that is idle.
 */
export const patienceMs = 180_000;

/** Looks again and again, soon, until something is there; throws with `what` where it never comes. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = patienceMs,
): Promise<T> {
  const endsAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > endsAt) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
