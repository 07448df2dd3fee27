import { errnoOf, Lifetime, PinkyError, type Clock, type LongLived, type Peer } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';

export interface AdoptedBeatsOptions {
  readonly tree: Pick<ProcessTree, 'views' | 'beat'>;
  readonly peerOf: (name: string) => Peer | undefined;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly timeoutMs: () => number;
  readonly clock: Clock;
}

/** An adopted child has no heartbeat pipe to us, so we ask it over its connection instead. Each answer is a beat. */
export class AdoptedBeats implements LongLived {
  readonly #life = new Lifetime({ begin: () => this.#life.add(this.#keepAsking()) });

  constructor(private readonly options: AdoptedBeatsOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  /** Does not wait for answers: a child may hang. A later one is not counted. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  async #keepAsking(): Promise<void> {
    const { clock, intervalMs } = this.options;
    while (await clock.rest(intervalMs, this.#life.signal)) this.#askAll();
  }

  #askAll(): void {
    const { tree, peerOf, timeoutMs } = this.options;
    for (const { name, isAdopted } of tree.views()) {
      const peer = isAdopted ? peerOf(name) : undefined;
      if (!peer) continue;
      void isResponsive(peer, timeoutMs()).then((isAlive) => {
        if (isAlive && !this.#life.signal.aborted) tree.beat(name);
      });
    }
  }
}

/** Any answer is a sign of life, even that it does not know the question. */
async function isResponsive(peer: Peer, deadlineMs: number): Promise<boolean> {
  try {
    await peer.request('ping', {}, { deadlineMs });
    return true;
  } catch (error) {
    return (
      error instanceof PinkyError &&
      error.code !== 'connection_lost' &&
      error.code !== 'deadline_exceeded' &&
      errnoOf(error) !== 'EPIPE'
    );
  }
}
