import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf, PinkyError, readJsonObject } from '@pinky/protocol';
import { syncFolder } from '../backup/publish.js';
import { fingerprintOf } from './format.js';

/** A key of a box, in `$PINKY_HOME/backup-keys/<fingerprint>.json`. Times are Unix milliseconds. */
export interface BackupKey {
  readonly fingerprint: string;
  readonly key: Buffer;
  /** Since when new backups are sealed with it. The newest one counts. */
  readonly since: number;
  /** When it was written down outside of this box. Without that, a disk that breaks takes the backups with it. */
  readonly exportedAt?: number;
}

const keyBytes = 32;
const textPattern = /^pinky-backup-key-1:([0-9a-f]{32}):([A-Za-z0-9_-]{43})$/;

/** The key for a new backup. Throws `no_key`. */
export function sealingKey(home: string): Buffer {
  const { key } = new KeyRing(home).newest ?? {};
  if (key) return key;
  throw new PinkyError('no_key', '`backup.encrypt` is yes, and this box has no key; make one: `pinky backups key new`');
}

/** The keys with which a box seals and opens its backups. Old ones are kept: old archives need them. */
export class KeyRing {
  readonly #dir: string;

  constructor(home: string) {
    this.#dir = join(home, 'backup-keys');
  }

  /** All keys, the newest last. */
  all(): readonly BackupKey[] {
    const keys = this.#names().flatMap((name) => this.#read(name) ?? []);
    return keys.sort((a, b) => a.since - b.since);
  }

  /** The key for new backups. Undefined where there is none. */
  get newest(): BackupKey | undefined {
    return this.all().at(-1);
  }

  readonly find = (fingerprint: string): Buffer | undefined =>
    /^[0-9a-f]{32}$/.test(fingerprint) ? this.#read(`${fingerprint}.json`)?.key : undefined;

  /** Makes the key for all backups from now on, also where the clock was set back since the last one. */
  make(wallNow: number): BackupKey {
    return this.#add(randomBytes(keyBytes), Math.max(wallNow, (this.newest?.since ?? 0) + 1));
  }

  /** The key as one line of text, to be kept elsewhere. From now on it counts as exported. Throws `not_found`. */
  export(fingerprint: string | undefined, wallNow: number): { readonly key: BackupKey; readonly text: string } {
    const found = fingerprint === undefined ? this.newest : this.all().find((one) => one.fingerprint === fingerprint);
    if (!found) {
      throw new PinkyError('not_found', `this box has no ${fingerprint === undefined ? 'key' : `key ${fingerprint}`}`);
    }
    const key = { ...found, exportedAt: found.exportedAt ?? wallNow };
    this.#write(key);
    return { key, text: `pinky-backup-key-1:${key.fingerprint}:${key.key.toString('base64url')}` };
  }

  /** Takes a key from its text. It opens archives; a box without any key seals with it too. Throws `bad_command`. */
  import(text: string, wallNow: number): BackupKey {
    const [, fingerprint, encoded = ''] = textPattern.exec(text.trim()) ?? [];
    const key = Buffer.from(encoded, 'base64url');
    if (fingerprint === undefined || key.length !== keyBytes || fingerprintOf(key) !== fingerprint) {
      throw new PinkyError('bad_command', 'that is no key as `pinky backups key export` prints it, or not all of it');
    }
    const present = this.#read(`${fingerprint}.json`);
    if (present) return present;
    // older than any key that is there: a key from elsewhere does not take the place of the box's own
    const since = Math.min(wallNow, ...this.all().map((one) => one.since - 1));
    return this.#add(key, since, wallNow);
  }

  #add(key: Buffer, since: number, exportedAt?: number): BackupKey {
    const added = { fingerprint: fingerprintOf(key), key, since, ...(exportedAt !== undefined && { exportedAt }) };
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    this.#write(added);
    return added;
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#dir).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
    } catch (failure) {
      if (errnoOf(failure) === 'ENOENT') return [];
      throw failure;
    }
  }

  #read(name: string): BackupKey | undefined {
    const value = readJsonObject(join(this.#dir, name));
    const { key: encoded, since, exportedAt } = value ?? {};
    if (typeof encoded !== 'string' || typeof since !== 'number') return undefined;
    const key = Buffer.from(encoded, 'base64url');
    const fingerprint = fingerprintOf(key);
    if (key.length !== keyBytes || name !== `${fingerprint}.json`) return undefined;
    return { fingerprint, key, since, ...(typeof exportedAt === 'number' && { exportedAt }) };
  }

  /** On the disk when this returns: an archive whose key is lost is lost too. */
  #write({ fingerprint, key, ...times }: BackupKey): void {
    const path = join(this.#dir, `${fingerprint}.json`);
    const beside = `${path}.${process.pid}.tmp`;
    const fd = openSync(beside, 'w', 0o600);
    try {
      writeFileSync(fd, `${JSON.stringify({ key: key.toString('base64url'), ...times })}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(beside, path);
    syncFolder(this.#dir);
  }
}
