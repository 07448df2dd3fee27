import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths } from '../box/box-paths.js';
import { makeDir } from '../box/make-dir.js';
import { readJsonObject } from '../box/read-json.js';
import { errnoOf, PinkyError } from '../errors.js';
import { hasFields } from '../has-fields.js';
import { validSecrets, type WebhookEndpoint } from './endpoint.js';
import { checkedWebhook, type WebhookInput } from './webhook-input.js';

/** So many secrets sign at once. Receivers compare with each. */
const mostSecrets = 4;
const fileName = /^(wh_[0-9a-f]{12})\.json$/;
const fields = {
  id: 'string', format: 'string', events: 'object', servers: 'object', secrets: 'object', createdAt: 'string',
} as const;

/** An endpoint that was made, or got another secret: `secret` is shown this once. Undefined for a list of Resque. */
export interface MadeWebhook {
  readonly endpoint: WebhookEndpoint;
  readonly secret: string | undefined;
}

/** Whether the box has an endpoint. One look at the disk: their folder exists only while there is one. */
export const hasWebhooks = (home: string): boolean => existsSync(boxPaths(home).webhooks);

/**
 * The endpoints of a home: one file each, written atomically. So anybody who may write to the home may add, change or
 * remove one, also while the box is down.
 */
export class WebhookFiles {
  readonly #dir: string;

  constructor(private readonly home: string) {
    this.#dir = boxPaths(home).webhooks;
  }

  /** Throws `bad_command`, which names the field. */
  create(input: WebhookInput): MadeWebhook {
    const checked = checkedWebhook(input);
    const createdAt = new Date().toISOString();
    const secret = checked.resque ? undefined : makeSecret();
    const endpoint: WebhookEndpoint = {
      version: 1,
      id: `wh_${randomBytes(6).toString('hex')}`,
      ...checked,
      secrets: secret === undefined ? [] : [{ secret, madeAt: createdAt }],
      isEnabled: true,
      createdAt,
    };
    this.#write(endpoint);
    return { endpoint, secret };
  }

  /** Every endpoint that can be read, oldest first. */
  list(): WebhookEndpoint[] {
    return this.#names()
      .flatMap((name) => this.read(fileName.exec(name)?.[1] ?? '') ?? [])
      .toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
  }

  read(id: string): WebhookEndpoint | undefined {
    if (!fileName.test(`${id}.json`)) return undefined;
    const value = readJsonObject(this.#file(id));
    // The files of a home are written by this class only.
    return hasFields(value, fields) && value['id'] === id ? (value as unknown as WebhookEndpoint) : undefined;
  }

  /** Throws `not_found`. */
  get(id: string): WebhookEndpoint {
    const endpoint = this.read(id);
    if (endpoint) return endpoint;
    throw new PinkyError('not_found', `there is no webhook ${JSON.stringify(id).slice(0, 80)}`);
  }

  /** Changes some fields. The reason of the box for turning it off goes with the next change. Throws as `create`. */
  change(id: string, changes: WebhookInput & { readonly isEnabled?: boolean; readonly disabledBecause?: string }) {
    const { disabledBecause: _old, ...before } = this.get(id);
    const { isEnabled = before.isEnabled, disabledBecause, ...input } = changes;
    const endpoint: WebhookEndpoint = {
      ...before,
      ...checkedWebhook({ ...before, ...input }),
      isEnabled,
      ...(disabledBecause !== undefined && { disabledBecause }),
    };
    this.#write(endpoint);
    return endpoint;
  }

  /** Makes another secret. Those before sign as well, for `keepMs` more. */
  rotate(id: string, keepMs: number): MadeWebhook {
    const before = this.get(id);
    if (before.resque) throw new PinkyError('bad_command', `${id} feeds a list of Resque: nothing is signed`);
    const now = Date.now();
    const until = new Date(now + keepMs).toISOString();
    const valid = new Set(validSecrets(before, now));
    const kept = before.secrets
      .filter((one) => valid.has(one.secret))
      .map((one) => ({ ...one, until: one.until === undefined || one.until > until ? until : one.until }));
    const secret = makeSecret();
    const secrets = [{ secret, madeAt: new Date(now).toISOString() }, ...kept].slice(0, mostSecrets);
    const endpoint = { ...before, secrets };
    this.#write(endpoint);
    return { endpoint, secret };
  }

  /** The folder goes with the last endpoint. Throws `not_found`. */
  remove(id: string): WebhookEndpoint {
    const endpoint = this.get(id);
    rmSync(this.#file(id), { force: true });
    try {
      rmdirSync(this.#dir);
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(errnoOf(error) ?? '')) throw error; // another one is there
    }
    return endpoint;
  }

  /** The draft lies in the home, so that a writer who is killed leaves no folder that means an endpoint. */
  #write(endpoint: WebhookEndpoint): void {
    const draft = join(this.home, `.webhook-${endpoint.id}.${process.pid}`);
    try {
      writeFileSync(draft, `${JSON.stringify(endpoint)}\n`, { mode: 0o600, flush: true });
      this.#place(draft, this.#file(endpoint.id));
    } finally {
      rmSync(draft, { force: true });
    }
  }

  /** The last endpoint may be removed, and the folder with it, between the two steps. */
  #place(draft: string, file: string, attempts = 5): void {
    makeDir(this.#dir);
    try {
      renameSync(draft, file);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || attempts === 0) throw error;
      this.#place(draft, file, attempts - 1);
    }
  }

  #names(): string[] {
    try {
      return readdirSync(this.#dir);
    } catch {
      return []; // there is no endpoint
    }
  }

  #file(id: string): string {
    return join(this.#dir, `${id}.json`);
  }
}

const makeSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
