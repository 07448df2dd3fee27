/** Longer than anything that is waited for, milliseconds: a wait that fails says for what. */
const limitMs = 15_000;

/** Looks until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error(`waited ${limitMs / 1000} s in vain until ${what}`);
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
