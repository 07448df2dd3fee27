import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { PinkyError, systemClock } from '@pinky/protocol';
import { ask, asDownloadFailure, PassingFailure, refused, type HttpRequest } from '../download/http-request.js';
import { bytesOf } from '../download/store-words.js';
import type { FileToSend } from '../s3/multipart.js';
import { asStoreFailure, type StoreContext } from '../s3/s3-bucket.js';
import { shown } from '../store/source-kind.js';
import { storeAddress } from './store-address.js';
import type { Store, StoredFile, StoredObject } from './store.js';

const pauses = [500, 2_000];

/** A note names at most 20 paths of each kind of gap. Bytes. */
const longestNote = 4 * 1024 * 1024;

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A web server that takes PUT, as WebDAV does. It cannot tell what it has. */
export class HttpStore implements Store {
  readonly url: string;

  constructor(url: URL, private readonly context: StoreContext) {
    this.url = storeAddress(url.href);
  }

  async stat(name: string): Promise<StoredFile | undefined> {
    const answer = await this.#ask(name, { method: 'HEAD' });
    return answer && { size: Number(answer.headers['content-length']) };
  }

  async read(name: string): Promise<Buffer | undefined> {
    return (await this.#ask(name, { method: 'GET' }))?.body;
  }

  /** Sent whole, then looked at: a server that dropped a part of it has another size. */
  async send(name: string, file: FileToSend): Promise<void> {
    await this.#ask(name, { method: 'PUT', headers: { 'content-length': String(file.size) } }, () => contentOf(file));
    const there = await this.stat(name);
    if (there?.size === file.size) return;
    const size = there ? `${there.size}` : 'no';
    throw new PinkyError('store_failed', `${shown(this.url + name)}: ${size} bytes of ${file.size} are there`);
  }

  async list(): Promise<readonly StoredObject[]> {
    throw new PinkyError('unsupported', `${shown(this.url)} is a web server, which cannot list what it has`);
  }

  async remove(name: string): Promise<void> {
    await this.#ask(name, { method: 'DELETE' });
  }

  /** Undefined where nothing is there. */
  async #ask(
    name: string,
    request: Pick<HttpRequest, 'method'> & { readonly headers?: Readonly<Record<string, string>> },
    body?: () => AsyncIterable<Buffer>,
  ): Promise<Answer | undefined> {
    const { clock = systemClock, ...context } = this.context;
    const url = new URL(this.url + name);
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await ask(url, { headers: {}, ...context, ...request, ...(body && { body: body() }) });
        const content = await bytesOf(answer, longestNote);
        const status = answer.statusCode ?? 0;
        if (status < 300) return { headers: answer.headers, body: content };
        if (status === 404 && request.method !== 'PUT') return undefined;
        throw refused(url, status);
      } catch (error) {
        const failure = asDownloadFailure(url, error, context.signal);
        const pause = failure instanceof PassingFailure ? pauses[attempt] : undefined;
        if (pause === undefined) throw asStoreFailure(asFinal(failure, attempt));
        if (!(await clock.rest(pause, context.signal))) throw new PinkyError('cancelled', 'the upload was cancelled');
      }
    }
  }
}

const asFinal = (failure: Error, attempt: number): Error =>
  failure instanceof PassingFailure
    ? new PinkyError('store_failed', `${failure.message} (tried ${attempt + 1} times)`, { cause: failure })
    : failure;

/** Ends with a failure where the file is not what it should be, so that the server does not take it for whole. */
async function* contentOf({ path, sha256, onSent }: FileToSend): AsyncGenerator<Buffer> {
  const hash = createHash('sha256');
  let sent = 0;
  let held: Buffer | undefined;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    if (held) yield held;
    hash.update(chunk);
    held = chunk;
    sent += chunk.length;
    onSent?.(sent);
  }
  const actual = hash.digest('hex');
  if (actual !== sha256) throw new PinkyError('checksum_mismatch', `${path}: its SHA-256 is ${actual}, not ${sha256}`);
  if (held) yield held;
}
