import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { errnoOf, PinkyError, systemClock, type Clock, type Progress } from '@pinky/protocol';
import { writeAll } from '../archive/write-all.js';
import { asDownloadFailure, httpGet, PassingFailure } from './http-request.js';
import { shown } from '../store/source-kind.js';

export interface DownloadOptions {
  readonly allowedHosts: readonly string[];
  /** The file for the body, which must not exist yet. It is removed if this throws. */
  readonly to: string;
  readonly maxBytes: number;
  /** The validators of the body that is known already. An unchanged body is not sent again. */
  readonly validators?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
  readonly idleTimeoutMs?: number;
  readonly clock?: Clock;
}

export type Downloaded =
  | { readonly isUnchanged: true }
  | {
      readonly isUnchanged: false;
      readonly sha256: string;
      readonly bytes: number;
      readonly validators: Readonly<Record<string, string>>;
    };

/** Pauses before the second and third try, milliseconds. */
const pauses = [500, 2_000];

/**
 * Fetches an address into a file, whole or not at all. Tries three times if a failure may pass. Throws `bad_url`,
 * `not_found`, `download_failed`, `archive_too_large`, `no_space` or `cancelled`.
 */
export async function download(url: URL, options: DownloadOptions): Promise<Downloaded> {
  const { signal, clock = systemClock } = options;
  for (let attempt = 0; ; attempt++) {
    try {
      return await downloadOnce(url, options);
    } catch (failure) {
      await rm(options.to, { force: true });
      if (!(failure instanceof PassingFailure)) throw failure;
      const pause = pauses[attempt];
      if (pause === undefined) {
        throw new PinkyError('download_failed', `${failure.message} (tried ${attempt + 1} times)`, { cause: failure });
      }
      if (!(await clock.rest(pause, signal))) throw new PinkyError('cancelled', 'the download was cancelled');
    }
  }
}

async function downloadOnce(url: URL, options: DownloadOptions): Promise<Downloaded> {
  const { signal, idleTimeoutMs } = options;
  const answer = await httpGet(url, {
    allowedHosts: options.allowedHosts,
    headers: conditions(options.validators ?? {}),
    signal,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
  });
  if (answer.statusCode === 304) {
    answer.destroy();
    return { isUnchanged: true };
  }
  try {
    return { isUnchanged: false, ...(await save(url, answer, options)), validators: validatorsOf(answer) };
  } catch (failure) {
    throw asDownloadFailure(url, failure, signal);
  } finally {
    answer.destroy();
  }
}

async function save(
  url: URL,
  answer: IncomingMessage,
  options: DownloadOptions,
): Promise<{ sha256: string; bytes: number }> {
  const promised =
    answer.headers['content-length'] === undefined ? undefined : Number(answer.headers['content-length']);
  const tooLarge = new PinkyError('archive_too_large', `${shown(url.href)}: larger than ${options.maxBytes} bytes`);
  if (promised !== undefined && promised > options.maxBytes) throw tooLarge;
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(options.to, 'wx', 0o600);
  const cutOff = (): PassingFailure =>
    new PassingFailure(
      `${shown(url.href)}: the connection ended after ${bytes}${promised === undefined ? '' : ` of ${promised}`} bytes`,
    );
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > options.maxBytes) throw tooLarge;
      hash.update(chunk);
      await writeAll(file, chunk);
      options.onProgress({ label: 'download', done: bytes, ...(promised !== undefined && { total: promised }) });
    }
  } catch (failure) {
    throw errnoOf(failure) === 'ECONNRESET' ? cutOff() : failure; // Node's own message is only `aborted`
  } finally {
    await file.close();
  }
  if (!answer.complete || (promised !== undefined && bytes !== promised)) throw cutOff();
  return { sha256: hash.digest('hex'), bytes };
}

/** The headers that ask whether the body has changed, from our names for validators. */
function conditions(validators: Readonly<Record<string, string>>): Record<string, string> {
  const { etag, lastModified } = validators;
  if (etag !== undefined) return { 'if-none-match': etag };
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified };
}

function validatorsOf(answer: IncomingMessage): Record<string, string> {
  const { etag, 'last-modified': lastModified } = answer.headers;
  return { ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}
