const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const part = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*/y;

/** Milliseconds of `15m`, `500ms` or `1h30m`. Undefined for any other text; so is a number without a unit, except 0. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '0') return 0;
  let ms = 0;
  part.lastIndex = 0;
  while (part.lastIndex < trimmed.length) {
    const found = part.exec(trimmed);
    if (!found) return undefined;
    ms += Number(found[1]) * (unitMs[found[2] ?? ''] ?? Number.NaN);
  }
  return trimmed === '' ? undefined : Math.round(ms);
}
