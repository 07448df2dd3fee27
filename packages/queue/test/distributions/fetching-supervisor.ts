import {
  boxPaths,
  deferred,
  Listener,
  type FetchData,
  type FetchResult,
  type ProgressListener,
} from '@pinky/protocol';

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

  fail(error: Error): void {
    for (const { end } of this.#waiting.splice(0)) end.reject(error);
  }

  tell(done: number, total: number): void {
    for (const { tell } of this.#waiting) tell({ label: 'download', done, total, phase: 'funpack' });
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
