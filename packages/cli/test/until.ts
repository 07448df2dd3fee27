/** A test that passes never waits this long, in milliseconds. One that fails says what it waited for. */
const limitMs = 30_000;

/** Looks again in each turn of the event loop until it is true. */
export async function until(what: string, isTrue: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + limitMs;
  while (!isTrue()) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${limitMs / 1000} s in vain until ${what}`);
    await new Promise((resolve) => { setImmediate(resolve); });
  }
}
