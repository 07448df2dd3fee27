import type { JobSession } from './job-session.js';

/** The session that lives now, for those who must wait while there is none. */
export class CurrentSession {
  #session: JobSession | undefined;
  #waiting: (() => void)[] = [];

  set(session: JobSession | undefined): void {
    this.#session = session;
    if (session) for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Ends the session, so that another one takes its place. */
  end(): void {
    this.#session?.end();
  }

  /** Waits for a session. Undefined once `signal` has aborted. */
  get(signal: AbortSignal): Promise<JobSession | undefined> {
    if (this.#session || signal.aborted) return Promise.resolve(this.#session);
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve(this.#session);
      };
      this.#waiting.push(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
