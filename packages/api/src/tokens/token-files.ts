import { linkSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, makeDir, PinkyError } from '@pinky/protocol';
import { hasServer, type Scope } from './scope.js';
import { digestOf, makeId, makeSecret, readRecord, type TokenRecord } from './token.js';

export interface NewToken extends Scope {
  readonly name: string;
  readonly kind?: TokenRecord['kind'];
  readonly expiresAt?: string;
  readonly parent?: string;
}

/** A token that was made: its record, and the token itself, which is shown once and kept nowhere. */
export interface MadeToken {
  readonly token: string;
  readonly record: TokenRecord;
}

/**
 * The tokens of a home: one file each, which is made once and never changed. So anybody who may write to the home may
 * make or revoke one, also while no API runs.
 */
export class TokenFiles {
  readonly #dir: string;

  constructor(home: string) {
    this.#dir = boxPaths(home).apiTokens;
  }

  create({ name, kind = 'token', ...rest }: NewToken): MadeToken {
    const id = makeId();
    const token = makeSecret(id);
    const record: TokenRecord = {
      format: 1,
      id,
      name,
      kind,
      sha256: digestOf(token),
      createdAt: new Date().toISOString(),
      ...rest,
    };
    makeDir(this.#dir);
    const draft = join(this.#dir, `.${id}.${process.pid}`);
    try {
      writeFileSync(draft, `${JSON.stringify(record)}\n`, { mode: 0o600, flush: true });
      linkSync(draft, this.#file(id));
    } finally {
      rmSync(draft, { force: true });
    }
    return { token, record };
  }

  /** Every record that can be read, oldest first. */
  list(): TokenRecord[] {
    return this.ids()
      .flatMap((id) => this.read(id) ?? [])
      .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  ids(): string[] {
    try {
      return readdirSync(this.#dir).flatMap((name) => idOfFile.exec(name)?.[1] ?? []);
    } catch {
      return []; // no token was made yet
    }
  }

  read(id: string): TokenRecord | undefined {
    if (!isTokenId(id)) return undefined;
    try {
      const record = readRecord(readFileSync(this.#file(id), 'utf8'));
      return record?.id === id ? record : undefined;
    } catch {
      return undefined; // it was revoked
    }
  }

  /** Revokes a token, and the sessions that were made with it. Throws `not_found`. */
  revoke(id: string): TokenRecord {
    const record = this.read(id);
    if (!record) throw new PinkyError('not_found', `there is no token ${JSON.stringify(id).slice(0, 80)}`);
    rmSync(this.#file(id), { force: true });
    for (const child of this.list().filter(({ parent }) => parent === id)) {
      rmSync(this.#file(child.id), { force: true });
    }
    return record;
  }

  #file(id: string): string {
    return join(this.#dir, `${id}.json`);
  }
}

const idOfFile = /^([0-9a-f]{12})\.json$/;
const isTokenId = (text: string): boolean => /^[0-9a-f]{12}$/.test(text);

/** Whether a token may make another one: that one must not allow more. */
export const isWithin = (inner: Scope, outer: Scope): boolean =>
  inner.servers.every((pattern) => outer.servers.includes('*') || outer.servers.includes(pattern)
    || (!pattern.includes('*') && hasServer(outer, pattern)));
