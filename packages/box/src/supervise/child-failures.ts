import { statSync } from 'node:fs';
import { findLastWords, type Clock, type LastWords } from '@pinky/protocol';
import { exitInWords, type TreeEvent } from '@pinky/supervisor';
import { readTail } from '../keep/log-tail.js';

/** How a child fails: it ended by itself soon after its start, so many times in a row. */
export interface ChildFailure extends LastWords {
  readonly times: number;
  /** The file with its output. */
  readonly log: string;
}

/** A child that lived so long has started well, milliseconds: its end is no failed start. */
const wellMs = 60_000;
/** More than a program prints at its end, bytes. */
const tailBytes = 16 * 1024;

interface Launch {
  readonly at: number;
  /** How long its log was then: what comes after it is its own. */
  readonly logBytes: number;
}

export interface ChildFailuresOptions {
  readonly logOf: (name: string) => string;
  readonly clock: Pick<Clock, 'now'>;
}

/** The children that end again and again, each with its last words. */
export class ChildFailures {
  readonly #launches = new Map<string, Launch>();
  readonly #failures = new Map<string, ChildFailure>();

  constructor(private readonly options: ChildFailuresOptions) {}

  of(name: string): ChildFailure | undefined {
    return this.#failures.get(name);
  }

  /** It is started no more. */
  forget(name: string): void {
    this.#launches.delete(name);
    this.#failures.delete(name);
  }

  heard(event: TreeEvent): void {
    if (event.type === 'launched') return this.#launched(event.name);
    if (event.type !== 'exited' || event.exit.kind === 'notStarted') return;
    if (event.wasAsked || event.meaning !== 'crashed') return void this.#failures.delete(event.name);
    this.#failed(event.name, `it ended with ${exitInWords(event.exit)}`);
  }

  #launched(name: string): void {
    const logBytes = statSync(this.options.logOf(name), { throwIfNoEntry: false })?.size ?? 0;
    this.#launches.set(name, { at: this.options.clock.now(), logBytes });
  }

  #failed(name: string, exit: string): void {
    const { logOf, clock } = this.options;
    const { at = 0, logBytes = 0 } = this.#launches.get(name) ?? {};
    const before = clock.now() - at < wellMs ? this.#failures.get(name)?.times ?? 0 : 0;
    const log = logOf(name);
    const words = findLastWords(readTail(log, logBytes, tailBytes)?.text ?? '') ?? { message: exit };
    this.#failures.set(name, { times: before + 1, log, ...words });
  }
}
