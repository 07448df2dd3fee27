import type { IncomingHttpHeaders } from 'node:http';
import { asPinkyError, PinkyError, systemClock, type Clock } from '@pinky/protocol';
import { ask, asDownloadFailure, PassingFailure, refused, type HttpRequest } from '../download/http-request.js';
import { bodyOf, wordsIn } from '../download/store-words.js';
import type { S3Access } from './s3-access.js';
import { s3Url } from './s3-target.js';
import { partsOf, textOf } from './xml.js';

/** How a store is spoken to. */
export interface StoreContext {
  readonly allowedHosts: readonly string[];
  readonly s3: S3Access;
  readonly signal: AbortSignal;
  readonly clock?: Clock;
  readonly idleTimeoutMs?: number;
}

export interface S3Object {
  readonly key: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly modifiedAt: number;
}

interface BucketRequest extends Pick<HttpRequest, 'method' | 'bodySha256'> {
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

interface BucketAnswer {
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Pauses before the second and each later try, milliseconds. */
const pauses = [500, 2_000, 5_000];
/** A list has at most a thousand objects. */
const longestAnswer = 8 * 1024 * 1024;

/** One bucket of a store that speaks S3. */
export class S3Bucket {
  constructor(readonly name: string, private readonly context: StoreContext) {}

  /**
   * One request, tried four times where a failure may pass. Throws `bad_url`, `not_found`, `cancelled`, and
   * `store_failed` with the store's own words.
   */
  async request(asked: BucketRequest): Promise<BucketAnswer> {
    const { clock = systemClock, signal } = this.context;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(asked);
      } catch (failure) {
        if (!(failure instanceof PassingFailure)) throw asStoreFailure(failure);
        const pause = pauses[attempt];
        if (pause === undefined) {
          throw new PinkyError('store_failed', `${failure.message} (tried ${attempt + 1} times)`, { cause: failure });
        }
        const isWaited = await clock.rest(pause, signal);
        if (!isWaited) throw new PinkyError('cancelled', 'speaking to the store was cancelled');
      }
    }
  }

  /** Its headers. Undefined where there is no such object. */
  async head(key: string): Promise<IncomingHttpHeaders | undefined> {
    try {
      return (await this.request({ method: 'HEAD', key })).headers;
    } catch (failure) {
      if (failure instanceof PinkyError && failure.code === 'not_found') return undefined;
      throw failure;
    }
  }

  /** All objects whose keys begin so, by their keys. `atOnce` in one answer. */
  async list(prefix: string, atOnce = 1_000): Promise<readonly S3Object[]> {
    const objects: S3Object[] = [];
    for (let token: string | undefined; ;) {
      const { text } = await this.request({
        method: 'GET',
        query: {
          'list-type': '2',
          'encoding-type': 'url',
          'max-keys': String(atOnce),
          prefix,
          ...(token !== undefined && { 'continuation-token': token }),
        },
      });
      const isEncoded = textOf(text, 'EncodingType') === 'url';
      objects.push(...partsOf(text, 'Contents').map((object) => objectOf(object, isEncoded)));
      token = textOf(text, 'IsTruncated') === 'true' ? textOf(text, 'NextContinuationToken') : undefined;
      if (token === undefined) return objects;
    }
  }

  async remove(key: string): Promise<void> {
    await this.request({ method: 'DELETE', key });
  }

  async #once({ key = '', query, headers = {}, ...asked }: BucketRequest): Promise<BucketAnswer> {
    const { clock: _, ...context } = this.context;
    const url = s3Url(this.name, key, query);
    try {
      const length = asked.body ? { 'content-length': String(asked.body.length) } : {};
      const answer = await ask(url, { ...context, ...asked, headers: { ...headers, ...length } });
      const text = await bodyOf(answer, longestAnswer);
      if (!answer.complete) throw new PassingFailure(`${url.href}: the connection ended within the answer`);
      const status = answer.statusCode ?? 0;
      // A store that has already answered 200 says in the body what went wrong then.
      const words = wordsIn(text);
      if (status >= 300 || words) throw refused(url, status < 300 ? 500 : status, words);
      return { headers: answer.headers, text };
    } catch (failure) {
      throw asDownloadFailure(url, failure, context.signal);
    }
  }
}

/** A failure of a download and one of a store differ in what to do about it. */
export function asStoreFailure(failure: unknown): PinkyError {
  const error = asPinkyError(failure);
  return error.code === 'download_failed' ? new PinkyError('store_failed', error.message, { cause: failure }) : error;
}

function objectOf(xml: string, isEncoded: boolean): S3Object {
  const key = textOf(xml, 'Key') ?? '';
  return {
    key: isEncoded ? decodeURIComponent(key.replaceAll('+', ' ')) : key,
    size: Number(textOf(xml, 'Size') ?? 0),
    modifiedAt: Date.parse(textOf(xml, 'LastModified') ?? '') || 0,
  };
}
