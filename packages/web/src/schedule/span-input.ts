const units = [['h', 3_600_000], ['m', 60_000], ['s', 1_000]] as const;

/** A time span as somebody types it: `600 000` → `10m`. */
export function spanInput(ms: number): string {
  const [unit, size] = units.find(([, each]) => ms % each === 0) ?? ['s', 1_000];
  return `${ms / size}${unit}`;
}
