import type { DiskShare } from '@pinky/protocol';

const factors: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `1 GiB`, `500MB` or `12 B`. `0` is nothing. Undefined for any other text. */
export function parseSize(text: string): number | undefined {
  if (text.trim() === '0') return 0;
  const found = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?i?B)\s*$/i.exec(text);
  const factor = factors[(found?.[2] ?? '').toLowerCase()];
  return found && factor !== undefined ? Math.round(Number(found[1]) * factor) : undefined;
}

/** A size, or a share of the disk such as `5%` or `5 %`. Undefined for any other text. */
export function parseShare(text: string): DiskShare | undefined {
  const percent = Number(/^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1]);
  if (percent <= 100) return { percent };
  const bytes = parseSize(text);
  return bytes === undefined ? undefined : { bytes };
}
