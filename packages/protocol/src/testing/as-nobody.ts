/** The user `nobody`, who owns nothing. */
const nobody = 65_534;

/** Does work as a user to whom closed folders are closed, also where the tests run as root. */
export function asNobody<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(nobody);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}
