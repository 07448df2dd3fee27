const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const part = /(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*/y;

/**
 * Milliseconds of `15m`, `500ms`, `1h30m`; undefined where the text is no duration. A bare number has no unit, so it is
 * none.
 */
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

/** `90061000` → `1d 1h`: the two largest units, for people. Below a second: milliseconds. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  const parts: string[] = [];
  let rest = Math.floor(ms / 1000) * 1000;
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = unitMs[unit] ?? 1;
    if (rest >= size) parts.push(`${Math.floor(rest / size)}${unit}`);
    rest %= size;
  }
  return parts.slice(0, 2).join(' ');
}
