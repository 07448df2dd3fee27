import { open, rm, type FileHandle } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { errnoOf, PinkyError, systemClock, type Clock, type Progress } from '@pinky/protocol';
import { writeAll } from '../archive/write-all.js';
import { asDownloadFailure, httpGet, PassingFailure } from './http-request.js';
import type { S3Access } from '../s3/s3-access.js';
import { shown } from '../store/source-kind.js';
import { conditions, isRestOf, rangeOf, validatorsOf } from './ranges.js';
import { Summing, type ArchiveSums } from './sums.js';

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
  /** For `s3:` addresses and those of S3. */
  readonly s3?: S3Access;
  /** Whether the MD5 of the body is asked for too. */
  readonly hasMd5?: boolean;
  readonly clock?: Clock;
}

export type Downloaded =
  | { readonly isUnchanged: true }
  | (ArchiveSums & {
      readonly isUnchanged: false;
      readonly bytes: number;
      readonly validators: Readonly<Record<string, string>>;
    });

/** Pauses before the second and third try, milliseconds. */
const pauses = [500, 2_000];
/** A connection that brought this much was worth having: tries are counted anew. Bytes. */
const progressBytes = 1024 * 1024;

/** The part that has come so far. Each try goes on from here, where the server can. */
interface Arrived {
  readonly file: FileHandle;
  summing: Summing;
  bytes: number;
  /** They say from which body these bytes are. */
  validators: Readonly<Record<string, string>>;
}

/**
 * Fetches an address into a file, whole or not at all. Where a connection breaks, the rest is asked for by range, if
 * the server has said which body it is. Tries three times without progress if a failure may pass. Throws `bad_url`,
 * `not_found`, `download_failed`, `checksum_mismatch`, `archive_too_large`, `no_space` or `cancelled`.
 */
export async function download(url: URL, options: DownloadOptions): Promise<Downloaded> {
  const arrived: Arrived = {
    file: await newFile(url, options),
    summing: new Summing(options.hasMd5 === true),
    bytes: 0,
    validators: {},
  };
  try {
    const downloaded = await untilWhole(url, arrived, options);
    if (downloaded.isUnchanged) await rm(options.to, { force: true });
    return downloaded;
  } catch (failure) {
    await rm(options.to, { force: true });
    throw failure;
  } finally {
    await arrived.file.close();
  }
}

async function newFile(url: URL, { to, signal }: DownloadOptions): Promise<FileHandle> {
  try {
    return await open(to, 'wx', 0o600);
  } catch (failure) {
    throw asDownloadFailure(url, failure, signal);
  }
}

async function untilWhole(url: URL, arrived: Arrived, options: DownloadOptions): Promise<Downloaded> {
  const { signal, clock = systemClock } = options;
  for (let attempt = 0; ; attempt++) {
    const before = arrived.bytes;
    try {
      return await downloadOnce(url, arrived, options);
    } catch (failure) {
      if (!(failure instanceof PassingFailure)) throw failure;
      if (arrived.bytes - before >= progressBytes) attempt = 0;
      const pause = pauses[attempt];
      if (pause === undefined) {
        throw new PinkyError('download_failed', `${failure.message} (tried ${attempt + 1} times)`, { cause: failure });
      }
      if (!(await clock.rest(pause, signal))) throw new PinkyError('cancelled', 'the download was cancelled');
    }
  }
}

async function downloadOnce(url: URL, arrived: Arrived, options: DownloadOptions): Promise<Downloaded> {
  const { signal, idleTimeoutMs, s3 } = options;
  const range = rangeOf(arrived);
  const answer = await httpGet(url, {
    allowedHosts: options.allowedHosts,
    headers: range ?? conditions(options.validators ?? {}),
    signal,
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(s3 && { s3 }),
  });
  try {
    if (answer.statusCode === 304) return { isUnchanged: true };
    const isRest = range !== undefined && isRestOf(answer, arrived.bytes);
    if (!isRest) await beginAnew(arrived, options);
    if (answer.statusCode !== 200 && !isRest) throw otherPart(url);
    arrived.validators = validatorsOf(answer);
    const sums = await save(url, answer, arrived, options);
    return { isUnchanged: false, ...sums, bytes: arrived.bytes, validators: arrived.validators };
  } catch (failure) {
    throw asDownloadFailure(url, failure, signal);
  } finally {
    answer.destroy();
  }
}

const otherPart = (url: URL): PassingFailure =>
  new PassingFailure(`${shown(url.href)}: the server sent another part than it was asked for`);

/** The server sends the whole body, so what has come is of no use. */
async function beginAnew(arrived: Arrived, { hasMd5 }: DownloadOptions): Promise<void> {
  await arrived.file.truncate(0);
  arrived.summing = new Summing(hasMd5 === true);
  arrived.bytes = 0;
}

async function save(
  url: URL,
  answer: IncomingMessage,
  arrived: Arrived,
  options: DownloadOptions,
): Promise<ArchiveSums> {
  const { 'content-length': length, 'x-amz-meta-sha256': promisedSum } = answer.headers;
  const total = length === undefined ? undefined : arrived.bytes + Number(length);
  const tooLarge = new PinkyError('archive_too_large', `${shown(url.href)}: larger than ${options.maxBytes} bytes`);
  if (total !== undefined && total > options.maxBytes) throw tooLarge;
  const promised = total === undefined ? '' : ` of ${total}`;
  const cutOff = (): PassingFailure =>
    new PassingFailure(`${shown(url.href)}: the connection ended after ${arrived.bytes}${promised} bytes`);
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      if (arrived.bytes + chunk.length > options.maxBytes) throw tooLarge;
      await writeAll(arrived.file, chunk, arrived.bytes);
      arrived.bytes += chunk.length;
      arrived.summing.update(chunk);
      options.onProgress({ label: 'download', done: arrived.bytes, ...(total !== undefined && { total }) });
    }
  } catch (failure) {
    throw errnoOf(failure) === 'ECONNRESET' ? cutOff() : failure; // Node's own message is only `aborted`
  }
  if (!answer.complete || (total !== undefined && arrived.bytes !== total)) throw cutOff();
  const sums = arrived.summing.digest();
  const { sha256 } = sums;
  if (typeof promisedSum !== 'string' || promisedSum === sha256) return sums;
  throw new PinkyError('checksum_mismatch', `${shown(url.href)}: its SHA-256 is ${sha256}, not ${promisedSum}`);
}
