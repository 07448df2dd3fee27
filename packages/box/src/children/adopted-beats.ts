import { errnoOf, PinkyError, type Peer } from '@pinky/protocol';
import type { ProcessTree } from '@pinky/supervisor';

export interface AdoptedBeatsOptions {
  readonly tree: ProcessTree;
  readonly peerOf: (name: string) => Peer | undefined;
  /** Milliseconds. */
  readonly intervalMs: number;
  readonly timeoutMs: () => number;
}

/** An adopted child has no heartbeat pipe to us, so we ask it over its connection instead. Each answer is a beat. */
export class AdoptedBeats {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: AdoptedBeatsOptions) {}

  start(): void {
    this.#timer = setInterval(() => this.#askAll(), this.options.intervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #askAll(): void {
    const { tree, peerOf, timeoutMs } = this.options;
    for (const { name, isAdopted } of tree.views()) {
      const peer = isAdopted ? peerOf(name) : undefined;
      if (!peer) continue;
      void isResponsive(peer, timeoutMs()).then((isAlive) => {
        if (isAlive) tree.beat(name);
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
