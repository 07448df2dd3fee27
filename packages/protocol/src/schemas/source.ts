import { z } from 'zod';
import type { FetchSource } from '../commands/commands.js';
import { assertSame } from './field-names.js';

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

/** A source as a command has it: in one field or as an address in another, with its sums inside or beside. */
export interface GivenSource extends Sums {
  readonly command: string;
  readonly field: 'funpack' | 'world';
  readonly value?: string | (Sums & { readonly url: string }) | null | undefined;
  readonly url?: string | null | undefined;
}

/**
 * A source in Pinky's own spelling; undefined where there is none. Throws `bad_command` where two fields say the same
 * thing of it differently.
 */
export function sourceOf({ command, field, value, url: beside, ...sums }: GivenSource): FetchSource | undefined {
  const given = value ?? beside ?? undefined;
  if (given === undefined) return undefined;
  const { url, ...own }: Sums & { url: string } = typeof given === 'string' ? { url: given } : given;
  if (typeof beside === 'string') assertSame(command, [field, url], [`${field}Url`, beside]);
  const sumOf = (kind: keyof Sums): string | undefined => {
    const [inside, outside] = [own[kind]?.toLowerCase(), sums[kind]?.toLowerCase()];
    const name = command === 'distribute' ? kind : `${field}${kind === 'md5' ? 'Md5' : 'Sha256'}`;
    if (inside && outside) assertSame(command, [`${field}.${kind}`, inside], [name, outside]);
    return inside ?? outside;
  };
  const [sha, md] = [sumOf('sha256'), sumOf('md5')];
  return { url, ...(sha !== undefined && { sha256: sha }), ...(md !== undefined && { md5: md }) };
}
