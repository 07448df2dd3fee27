/** Longer than any wait on a busy machine, in milliseconds. A wait that fails says what it waited for. */
const limitMs = 60_000;

/** Looks again and again until it is true. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${limitMs / 1000} s in vain until ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
