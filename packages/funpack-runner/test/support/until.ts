/** Looks again, soon, until it is so; the test's own timeout ends it. For what other processes do. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}
