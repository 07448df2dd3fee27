import { PinkyError } from '@pinky/protocol/base';

const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a duration as Go writes it, since sipid is a Go program: `500ms`, `4m`, `1m30s`, `1.5h`. Only `0`
 * needs no unit. Anything else: `bad_option`.
 */
export function parseGoDuration(text: string): number {
  if (text === '0') return 0;
  const parts = [...text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|ms|s|m|h)/gy)];
  const length = parts.reduce((sum, [part]) => sum + part.length, 0);
  if (length === 0 || length !== text.length) {
    throw new PinkyError('bad_option', `bad duration ${JSON.stringify(text)}: write 500ms, 5s, 4m or 1m30s`, {
      remedy: 'correct the flag that holds it, `--timeout` or `--polling-frequency`',
    });
  }
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ''] ?? 0), 0);
}
