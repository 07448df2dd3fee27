import type { Clock, GameEvent } from '@pinky/protocol';

interface Wait {
  readonly hear: (line: string, event: GameEvent | undefined) => boolean;
  readonly heard: AbortController;
}

/** Judges a line, or the event that it means. Undefined as long as it is of no account. */
export type Judge<T> = (line: string, event: GameEvent | undefined) => T | undefined;

/** Waits for the game to say something: a line, or a list of players. */
export class ConsoleWaits {
  readonly #waits = new Set<Wait>();

  constructor(private readonly clock: Clock) {}

  /** Whether anybody waits. */
  get areOpen(): boolean {
    return this.#waits.size > 0;
  }

  /** Tells everyone who waits of a line, in order of arrival. */
  hearLine(line: string): void {
    this.#tell(line, undefined);
  }

  hearEvent(event: GameEvent): void {
    this.#tell('', event);
  }

  /** True at a matching line. False after `timeoutMs`, or once `signal` aborts. */
  line(pattern: RegExp, timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#wait((line, event) => event === undefined && pattern.test(line), timeoutMs, signal);
  }

  /** True at the next event of the type. False after `timeoutMs`, or once `signal` aborts. */
  event(type: GameEvent['type'], timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    return this.#wait((_line, event) => event?.type === type, timeoutMs, signal);
  }

  /** The first judgement. Undefined after `timeoutMs`, or once `signal` aborts. */
  async verdict<T>(judge: Judge<T>, timeoutMs: number, signal: AbortSignal): Promise<T | undefined> {
    let verdict: T | undefined;
    await this.#wait((line, event) => (verdict ??= judge(line, event)) !== undefined, timeoutMs, signal);
    return verdict;
  }

  async #wait(hear: Wait['hear'], timeoutMs: number, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    const wait: Wait = { hear, heard: new AbortController() };
    this.#waits.add(wait);
    await this.clock.rest(timeoutMs, AbortSignal.any([signal, wait.heard.signal]));
    this.#waits.delete(wait);
    return wait.heard.signal.aborted;
  }

  #tell(line: string, event: GameEvent | undefined): void {
    for (const { hear, heard } of this.#waits) if (hear(line, event)) heard.abort();
  }
}
