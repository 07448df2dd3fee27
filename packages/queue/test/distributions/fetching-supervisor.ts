import {
  boxPaths,
  deferred,
  Listener,
  type FetchData,
  type FetchResult,
  type ProgressListener,
} from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';

export const digest = 'c'.repeat(64);

/** A supervisor whose fetches the test lets go on: each waits until it is told how it ends. */
export class FetchingSupervisor {
  readonly asked: FetchData[] = [];
  readonly #waiting: { readonly end: ReturnType<typeof deferred<FetchResult>>; readonly tell: ProgressListener }[] = [];
  readonly #listener: Listener;
  #isOpen = false;

  constructor(home: string) {
    this.#listener = new Listener(boxPaths(home).supervisorSocket, {
      onRequest: async (_method, params, { progress }) => {
        this.asked.push(params as FetchData);
        if (this.#isOpen) return this.#answer(params as FetchData);
        const end = deferred<FetchResult>();
        this.#waiting.push({ end, tell: progress });
        return end.promise;
      },
    });
  }

  /** From now on each fetch, and those that wait, end well. */
  open(): void {
    this.#isOpen = true;
    for (const { end } of this.#waiting.splice(0)) end.resolve(this.#answer(this.asked[0]));
  }

  async fail(error: Error): Promise<void> {
    await this.#begun();
    for (const { end } of this.#waiting.splice(0)) end.reject(error);
  }

  async tell(done: number, total: number): Promise<void> {
    await this.#begun();
    for (const { tell } of this.#waiting) tell({ label: 'download', done, total, phase: 'funpack' });
  }

  /** A box counts as fetching a moment before its supervisor is asked. */
  #begun(): Promise<unknown> {
    return until('it is asked to fetch', () => this.#waiting.length > 0);
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  #answer(asked: FetchData | undefined): FetchResult {
    return { funpack: { url: asked?.funpack?.url ?? '', digest, path: '/cache' } };
  }
}
