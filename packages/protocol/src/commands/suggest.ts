/** People read names that differ only in case, `-`, `_` or `.` as the same name. */
const normalised = (name: string): string => name.toLowerCase().replaceAll(/[-_.\s]/g, '');

/** The candidate closest to a mistyped name. Undefined if none is close: up to a third of the letters may differ. */
export function suggest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = normalised(name);
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(wanted, normalised(candidate)) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(1, Math.floor(wanted.length / 3)) ? best.candidate : undefined;
}

/** How many insertions, deletions, substitutions and swaps of neighbours lie between two words. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(i - 2, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same, swapped));
    }
  }
  return at(a.length, b.length);
}
