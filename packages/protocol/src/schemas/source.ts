import { z } from 'zod';
import type { FetchSource } from '../commands/commands.js';

export const text = z
  .string('must be a text')
  .min(1, 'must not be empty')
  .max(4096, 'is longer than 4096 characters');

const sumOf = (digits: number) => {
  const rule = `must be ${digits} hexadecimal digits`;
  return z.string(rule).regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`), rule).optional();
};
export const sha256 = sumOf(64);
export const md5 = sumOf(32);

/** The source of a start. */
export const source = z.union(
  [text, z.strictObject({ url: text, sha256 })],
  'must be a name, a path, an address, or {url, sha256}',
);

/** The source of a fetch: some publishers name only an MD5. */
export const fetchSource = z.union(
  [text, z.strictObject({ url: text, sha256, md5 })],
  'must be a name, a path, an address, or {url, sha256, md5}',
);

interface Sums {
  readonly sha256?: string | undefined;
  readonly md5?: string | undefined;
}

/** A source in Pinky's own spelling. The sums beside it count where it has none itself. */
export function sourceOf(value: string | (Sums & { url: string }) | undefined, beside: Sums): FetchSource | undefined {
  if (value === undefined) return undefined;
  const { url, ...own }: Sums & { url: string } = typeof value === 'string' ? { url: value } : value;
  const sha = (own.sha256 ?? beside.sha256)?.toLowerCase();
  const md = (own.md5 ?? beside.md5)?.toLowerCase();
  return { url, ...(sha !== undefined && { sha256: sha }), ...(md !== undefined && { md5: md }) };
}
