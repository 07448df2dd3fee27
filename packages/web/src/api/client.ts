import { ApiFailure, unreachable, type Problem } from './problem.js';
import type { Job, Session } from './types.js';

/** Pauses before a job is asked again, milliseconds; the last one is repeated. */
const jobLooksMs = [100, 200, 400, 1_000];

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

  put<T>(path: string, body: unknown): Promise<T> {
    return this.#send<T>('PUT', path, body);
  }

  /**
   * Asks for a change and resolves when it is made. `onJob` hears of its progress. Throws what the API or the job says.
   */
  async change(
    method: 'POST' | 'DELETE' | 'PATCH',
    path: string,
    body: unknown,
    onJob: (job: Job) => void,
  ): Promise<unknown> {
    let job = await this.#send<Job>(method, path, body);
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

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const csrf = this.#session?.csrf;
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(csrf !== undefined && method !== 'GET' && { 'x-pinky-csrf': csrf }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new ApiFailure(unreachable);
    });
    if (response.status === 204) return undefined as T;
    const text = await response.text();
    if (!response.ok) throw new ApiFailure(problemIn(text, response.status));
    return JSON.parse(text) as T; // the API answers what its document promises
  }
}

/** The problem in an answer. A proxy in between answers with pages of its own. */
function problemIn(text: string, status: number): Problem {
  try {
    const { code, detail, remedy, field } = JSON.parse(text) as Partial<Problem>;
    if (code && detail) return { status, code, detail, remedy: remedy ?? '', ...(field && { field }) };
  } catch {
    // not ours
  }
  return status >= 502 ? unreachable : { status, code: `http_${status}`, detail: 'the request failed', remedy: '' };
}
