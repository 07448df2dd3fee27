import {
  Dialect,
  expand,
  placeholdersOf,
  type DialectState,
  type FaultCounts,
  type Funpack,
  type LaunchContext,
  type Order,
  type Placeholders,
  type PlayerEntry,
  type Proof,
  type Reading,
} from '@pinky/funpack-runner/light';
import { PinkyError, type Clock, type FunpackManifest } from '@pinky/protocol';
import { lineBytes } from '../launch/fifo.js';
import type { GameStdin } from '../machine/machine.js';
import { ConsoleWaits } from './console-waits.js';

export interface GameTalkOptions {
  readonly serverId: string;
  readonly clock: Clock;
  /** The knowledge at the place where reading begins. */
  readonly from: DialectState;
  readonly isAlive: () => boolean;
}

/** Stands for a game whose funpack cannot be read any more. The game still runs, and plain orders work. */
const unknownGame: FunpackManifest = { name: 'unknown', version: '0' };

/**
 * How long a game may leave a full stdin unread before an order to it fails, and the pause between two tries.
 * Milliseconds.
 */
const stdinPatienceMs = 5_000;
const stdinRetryMs = 50;

/** Talks to a game in its own words, and understands what it says. */
export class GameTalk {
  readonly waits: ConsoleWaits;
  #dialect: Dialect;
  #manifest: FunpackManifest = unknownGame;
  #placeholders: Placeholders = () => undefined;
  #stdin: GameStdin | undefined;

  constructor(private readonly options: GameTalkOptions) {
    this.waits = new ConsoleWaits(options.clock);
    this.#dialect = new Dialect(unknownGame, options.from);
  }

  /** The players who are connected, as far as the console has told. */
  get players(): readonly PlayerEntry[] {
    return this.#dialect.players;
  }

  /** How many lines named an event that lacks a field, by the kind of fault. */
  get faults(): FaultCounts {
    return this.#dialect.faults;
  }

  get manifest(): FunpackManifest {
    return this.#manifest;
  }

  /** From now on, lines are read and written in the funpack's dialect. */
  speak(funpack: Funpack, context: LaunchContext): void {
    this.#manifest = funpack.manifest;
    this.#placeholders = placeholdersOf(funpack, context);
    this.#dialect = new Dialect(funpack.manifest, this.#dialect, this.#placeholders);
  }

  /** Reads a console line: the events that it means, if any. */
  read(line: string): Reading {
    return this.#dialect.read(line);
  }

  /** The game has ended. Answers who was connected. */
  leaveAll(): readonly PlayerEntry[] {
    return this.#dialect.leaveAll();
  }

  open(stdin: GameStdin): void {
    this.#stdin?.close(); // of a launch that failed
    this.#stdin = stdin;
  }

  close(): void {
    this.#stdin?.close();
    this.#stdin = undefined;
  }

  /**
   * Writes lines to the game's stdin. Throws `deadline_exceeded` if the game has not read any for a while, and
   * `bad_text`, before any is written, if one is too long.
   */
  async say(lines: readonly string[]): Promise<void> {
    const { clock, isAlive, serverId } = this.options;
    for (const line of lines) lineBytes(line);
    for (const line of lines) {
      for (let waitedMs = 0; !this.#stdin?.writeLine(line); waitedMs += stdinRetryMs) {
        if (!isAlive()) throw new PinkyError('not_running', `server ${serverId}: the game has ended`);
        if (waitedMs >= stdinPatienceMs) {
          throw new PinkyError('deadline_exceeded', `server ${serverId}: the game does not read its stdin`);
        }
        await clock.sleep(stdinRetryMs);
      }
    }
  }

  /** A line of the manifest, with its placeholders filled in. */
  expanded(line: string): string {
    return expand(line, this.#placeholders);
  }

  /** The lines that mean an order to this game. Throws `unsupported`, `no_such_player`. */
  linesFor(order: Order): readonly string[] {
    const lines = this.#dialect.stdin(order);
    if (lines) return lines;
    throw new PinkyError(
      'unsupported',
      `server ${this.options.serverId}: funpack ${this.#manifest.name} has no ${order.type}`,
    );
  }

  /** How the game shows that it has done an order. Undefined if its funpack does not say. */
  proofOf(order: Order): Proof | undefined {
    return this.#dialect.proofOf(order);
  }

  /** The manifest with a stop dialogue in the game's own words. A game without one is told `stop` in its dialect. */
  get manifestWithStop(): FunpackManifest {
    if (this.#manifest.stop) return this.#manifest;
    return { ...this.#manifest, stop: (this.#dialect.stdin({ type: 'stop' }) ?? []).map((send) => ({ send })) };
  }
}
