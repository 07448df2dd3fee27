const pattern = /^[0-9]{13}-[0-9a-f]{4}$/;

export const isRunId = (name: string): boolean => pattern.test(name);

/**
 * A run id: Unix milliseconds and four random digits, so ids sort by age as text. It always comes after `last`, even if
 * the clock was set back: the cursor in Redis refuses events of older runs.
 */
export function nextRunId(wallNowMs: number, last: string): string {
  const lastMs = isRunId(last) ? Number(last.slice(0, 13)) : 0;
  const ms = Math.max(wallNowMs, lastMs + 1);
  return `${String(Math.trunc(ms)).padStart(13, '0')}-${Math.trunc(Math.random() * 0x10000)
    .toString(16)
    .padStart(4, '0')}`;
}
