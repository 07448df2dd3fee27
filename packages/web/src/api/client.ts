import { ApiFailure, problemIn, unreachable } from './problem.js';
import type { Job, Session } from './types.js';

/** Pauses before a job is asked again, milliseconds; the last one is repeated. */
const jobLooksMs = [100, 200, 400, 1_000];

export interface RawRequest {
  readonly body?: string | Blob;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The method of a change. */
export type ChangeMethod = 'POST' | 'DELETE' | 'PATCH';

export interface Change {
  readonly method: ChangeMethod;
  readonly path: string;
  readonly body?: unknown;
  /** The state that the change is based on; of another one it is refused (`changed_meanwhile`). */
  readonly ifMatch?: string;
}

/** Speaks to the API with the session of this browser. */
export class Client {
  #session: Session | undefined;

  get session(): Session | undefined {
    return this.#session;
  }

  /** False where nobody is logged in. */
  async resume(): Promise<boolean> {
    try {
      this.#session = await this.get<Session>('/v1/session');
      return true;
    } catch (failure) {
      if (failure instanceof ApiFailure && failure.problem.status === 401) return false;
      throw failure;
    }
  }

  /** Throws an `ApiFailure` for a token that is not valid. */
  async login(token: string): Promise<void> {
    this.#session = await this.#send<Session>('POST', '/v1/session', { token });
  }

  async logout(): Promise<void> {
    await this.#send('DELETE', '/v1/session');
    this.#session = undefined;
  }

  /** Whether the session may do this, so that a button can say why it does not work. */
  may(verb: string): boolean {
    const verbs = this.#session?.verbs ?? [];
    return verbs.includes(verb) || verbs.includes('admin');
  }

  get<T>(path: string): Promise<T> {
    return this.#send<T>('GET', path);
  }

  /** The same with its ETag, by which a change says on what it is based. */
  async getTagged<T>(path: string): Promise<{ readonly value: T; readonly etag: string }> {
    const response = await this.fetch('GET', path, { headers: { accept: 'application/json' } });
    // the API answers what its document promises
    return { value: (await response.json()) as T, etag: response.headers.get('etag') ?? '' };
  }

  /** The value of a secret setting. The API notes who has asked. */
  async reveal(settings: string, name: string): Promise<unknown> {
    const path = `${settings}/${encodeURIComponent(name)}/reveal`;
    return (await this.#send<{ readonly value: unknown }>('POST', path, {})).value;
  }

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('PUT', path, body);
  }

  /**
   * Asks for a change and resolves when it is made. `onJob` hears of its progress. Throws what the API or the job says.
   */
  async change({ method, path, body, ifMatch }: Change, onJob: (job: Job) => void): Promise<unknown> {
    const headers = ifMatch === undefined ? {} : { 'if-match': ifMatch };
    const job = await this.#send<Job | undefined>(method, path, body, headers);
    return job && this.followJob(job, onJob); // without a job it was made at once
  }

  /** Resolves with the result of a job when it is over. Throws what the job says. */
  async followJob(begun: Job, onJob: (job: Job) => void): Promise<unknown> {
    let job = begun;
    for (let look = 0; job.state === 'queued' || job.state === 'active'; look++) {
      onJob(job);
      await new Promise((resolve) => setTimeout(resolve, jobLooksMs[look] ?? jobLooksMs.at(-1)));
      job = await this.get<Job>(`/v1/jobs/${encodeURIComponent(job.id)}`);
    }
    onJob(job);
    if (job.error) {
      const { code, message, remedy } = job.error;
      throw new ApiFailure({ status: 409, code, detail: message, remedy });
    }
    return job.result;
  }

  /** The headers that a change needs. */
  get changeHeaders(): Readonly<Record<string, string>> {
    const csrf = this.#session?.csrf;
    return csrf === undefined ? {} : { 'x-pinky-csrf': csrf };
  }

  /** A request whose body and answer are files or texts. Throws an `ApiFailure` for a refusal. */
  async fetch(method: string, path: string, { body, headers = {} }: RawRequest = {}): Promise<Response> {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: { ...(method !== 'GET' && this.changeHeaders), ...headers },
      ...(body !== undefined && { body }),
    }).catch(() => {
      throw new ApiFailure(unreachable);
    });
    if (!response.ok) throw new ApiFailure(problemIn(await response.text(), response.status));
    return response;
  }

  async #send<T>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const response = await this.fetch(method, path, {
      headers: { accept: 'application/json', ...type, ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return (text === '' ? undefined : JSON.parse(text)) as T; // the API answers what its document promises
  }
}
