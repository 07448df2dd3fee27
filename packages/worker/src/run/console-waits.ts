import type { GameEvent } from '@pinky/protocol';

interface Wait {
  readonly hear: (line: string, event: GameEvent | undefined) => boolean;
  readonly done: () => void;
}

/** Those who wait for the game to say something: a line, or a list of players. */
export class ConsoleWaits {
  readonly #waits = new Set<Wait>();

  /** Tells every waiter of a line, in order of arrival. */
  hearLine(line: string): void {
    this.#tell(line, undefined);
  }

  hearEvent(event: GameEvent): void {
    this.#tell('', event);
  }

  /** True at a matching line; false after `timeoutMs` or once `signal` aborts. */
  line(pattern: RegExp, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#wait((line, event) => event === undefined && pattern.test(line), timeoutMs, signal);
  }

  /** True at the next event of the type; false after `timeoutMs` or once `signal` aborts. */
  event(type: GameEvent['type'], timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#wait((_line, event) => event?.type === type, timeoutMs, signal);
  }

  #wait(hear: Wait['hear'], timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const finish = (heard: boolean): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        this.#waits.delete(wait);
        resolve(heard);
      };
      const onAbort = (): void => finish(false);
      const wait: Wait = { hear, done: () => finish(true) };
      const timer = setTimeout(onAbort, timeoutMs);
      if (signal.aborted) return finish(false);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waits.add(wait);
    });
  }

  #tell(line: string, event: GameEvent | undefined): void {
    for (const wait of this.#waits) if (wait.hear(line, event)) wait.done();
  }
}
