import { createHash, randomBytes } from 'node:crypto';
import { hasFields } from '@pinky/protocol';
import { isVerb, type Scope } from './scope.js';

/** A token as it is kept: everything but the token itself. */
export interface TokenRecord extends Scope {
  readonly format: 1;
  /** Names the token for people and in the audit log. */
  readonly id: string;
  /** For what it was made. */
  readonly name: string;
  /** A session of the page belongs to a browser, and comes in a cookie. */
  readonly kind: 'token' | 'session';
  /** SHA-256 of the token, in hex. */
  readonly sha256: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly expiresAt?: string;
  /** The token that a session was made with. With that one it ends too. */
  readonly parent?: string;
}

/** 256 random bits. The id in front finds the record, and people recognise it. */
export function makeSecret(id: string): string {
  return `pinky_${id}_${randomBytes(32).toString('base64url')}`;
}

export const makeId = (): string => randomBytes(6).toString('hex');

export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');

const fieldsOfAll = {
  format: 'number',
  id: 'string',
  name: 'string',
  kind: 'string',
  sha256: 'string',
  verbs: 'object',
  servers: 'object',
  createdAt: 'string',
} as const;

/** The record of a file's content; undefined if it is none. A verb of a later version is left out. */
export function readRecord(content: string): TokenRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined; // cut short, or made by hand
  }
  if (!hasFields(value, fieldsOfAll) || value['format'] !== 1) return undefined;
  const { verbs, servers } = value;
  if (!Array.isArray(verbs) || !Array.isArray(servers)) return undefined;
  // `hasFields` has looked at the others, which only Pinky writes.
  const record = value as unknown as TokenRecord;
  return { ...record, verbs: verbs.map(String).filter(isVerb), servers: servers.map(String) };
}

export const isExpired = ({ expiresAt }: Pick<TokenRecord, 'expiresAt'>, wallNowMs: number): boolean =>
  expiresAt !== undefined && Date.parse(expiresAt) <= wallNowMs;
