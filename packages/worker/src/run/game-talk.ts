import {
  Dialect,
  expand,
  offersOrder,
  placeholdersOf,
  readsEventLines,
  spokenManifest,
  tellsPlayers,
  type DialectState,
  type Encoding,
  type FaultCounts,
  type Funpack,
  type LaunchContext,
  type Order,
  type Placeholders,
  type PlayerEntry,
  type Proof,
  type Reading,
  type UnmatchedRule,
} from '@pinky/funpack-runner/light';
import { PinkyError, type Clock, type FunpackManifest, type OrderName, type PlayerChange } from '@pinky/protocol';
import { noReply, type Channel, type Reply } from '../channel/channel.js';
import { openChannel, wayOf } from '../channel/open-channel.js';
import { lineBytes } from '../launch/fifo.js';
import type { Checkpoint } from '../record/checkpoint.js';
import type { GameStdin } from '../machine/machine.js';
import type { RunJournalEntry } from '../record/run-journal.js';
import { RunSecrets } from '../secrets/run-secrets.js';
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
  #channel: Channel | undefined;
  #secrets = RunSecrets.none;
  /** The last thing that was said on the channel. */
  #said: Promise<unknown> = Promise.resolve();

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

  /** Everything that the lines so far have said and that later ones need. */
  get state(): Pick<Checkpoint, 'players' | 'faults' | 'half'> {
    const { players, faults, half } = this.#dialect;
    return { players, faults, ...(half && { half }) };
  }

  get manifest(): FunpackManifest {
    return this.#manifest;
  }

  /** The parts of what the game says that nobody is to see. */
  get secrets(): RunSecrets {
    return this.#secrets;
  }

  /** From now on, lines are read and written in the funpack's dialect. */
  speak(funpack: Funpack, context: LaunchContext): void {
    const { serverId, clock } = this.options;
    const way = wayOf(funpack);
    this.#placeholders = placeholdersOf(funpack, context);
    this.#secrets = RunSecrets.of(funpack.manifest.schema, context.settings);
    this.#manifest = {
      ...spokenManifest(funpack.manifest, this.#placeholders),
      ...(way && { orders: way }),
      eventLines: funpack.manifest.eventLines ?? (funpack.has.run || readsEventLines(funpack.manifest)),
    };
    this.#dialect = new Dialect(this.#manifest, this.#dialect, this.#placeholders);
    this.#channel?.close();
    const options = { serverId, clock, placeholders: this.#placeholders, encoding: this.encoding };
    this.#channel = way && openChannel(way, { funpack, context }, options);
  }

  /** Makes what a game that is about to be launched reads its orders from. */
  makeReady(): void {
    this.#channel?.make?.();
  }

  /** How the game writes and reads. */
  get encoding(): Encoding {
    return this.#dialect.encoding;
  }

  /** Reads a console line: the events that it means, if any. */
  read(line: string): Reading {
    return this.#dialect.read(line);
  }

  /** Takes in a note of players that the worker before has made, apart from what the console says. */
  recall(note: RunJournalEntry): void {
    this.#dialect.recall(note);
  }

  /** Tells those who wait of a console line: as it is, and as it is read. */
  hearLine(line: string): void {
    const clean = this.#dialect.clean(line);
    if (clean !== line) this.waits.hearLine(clean);
    this.waits.hearLine(line);
  }

  /** The rules of `started`, of a game that has not started. */
  get unmatched(): readonly UnmatchedRule[] {
    return this.#dialect.unmatched;
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
    this.#channel?.close();
  }

  /**
   * Says lines to the game: on its stdin, or on the way that its funpack names. Throws `deadline_exceeded` if the game
   * has not read any for a while, `bad_text`, before any is written, if one is too long, and `order_failed`.
   */
  async say(lines: readonly string[]): Promise<Reply> {
    for (const line of lines) lineBytes(line, this.encoding);
    const channel = this.#channel;
    if (!channel) {
      await this.#write(lines);
      return noReply;
    }
    const said = this.#said.then(() => channel.say(lines)); // one after the other, as on stdin
    this.#said = said.catch(() => undefined);
    const reply = await said;
    for (const line of reply.lines) this.waits.hearLine(line);
    return { ...reply, lines: reply.lines.map((line) => this.#secrets.mask.text(line)) };
  }

  /** The names of a list of players in a reply, which is read as the console is. Undefined if there is none. */
  playersIn(reply: Reply): readonly string[] | undefined {
    return this.#listIn(reply)?.map(({ name }) => name);
  }

  /** Takes in the list of players of a reply, if it holds one. Answers who has come and gone with it. */
  takeList(reply: Reply): readonly PlayerChange[] {
    const list = this.#listIn(reply);
    return list === undefined ? [] : this.#dialect.takeList(list);
  }

  /** Takes in a whole list of names. Answers who has come and gone with it. */
  takeNames(names: readonly string[]): readonly PlayerChange[] {
    return this.#dialect.takeList(names.map((name) => ({ name })));
  }

  #listIn({ lines }: Reply): readonly PlayerEntry[] | undefined {
    const reader = new Dialect(this.#manifest, {}, this.#placeholders);
    const events = [...lines.flatMap((line) => reader.read(line).events), ...reader.readEnd()];
    return events.some(({ type }) => type === 'players_list') ? reader.players : undefined;
  }

  async #write(lines: readonly string[]): Promise<void> {
    const { clock, isAlive, serverId } = this.options;
    for (const line of lines) {
      for (let waitedMs = 0; !this.#stdin?.writeLine(line, this.encoding); waitedMs += stdinRetryMs) {
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

  /** Throws `unsupported` for an order that this game cannot be told, whoever it is about. */
  assertOffers(type: OrderName): void {
    if (!offersOrder(type, this.#manifest)) throw this.#unsupported(`has no ${type}`);
  }

  /** Whether anything of the funpack tells who is connected. */
  get tellsPlayers(): boolean {
    return tellsPlayers(this.#manifest);
  }

  /** Throws `unsupported` if nobody can know who is connected. */
  assertTellsPlayers(): void {
    if (!this.tellsPlayers) throw this.#unsupported('does not say how its game tells who is connected');
  }

  /** The lines that mean an order to this game. Throws `unsupported`, `no_such_player`. */
  linesFor(order: Order): readonly string[] {
    const lines = this.#dialect.stdin(order);
    if (lines) return lines;
    throw this.#unsupported(`has no ${order.type}`);
  }

  #unsupported(why: string): PinkyError {
    return new PinkyError('unsupported', `server ${this.options.serverId}: funpack ${this.#manifest.name} ${why}`);
  }

  /** How the game shows that it has done an order. Undefined if its funpack does not say. */
  proofOf(order: Order): Proof | undefined {
    const proof = this.#dialect.proofOf(order);
    return proof && { ...proof, judge: (...heard) => this.#secrets.mask.deep(proof.judge(...heard)) };
  }

  /** The manifest with a stop dialogue in the game's own words. A game without one is told `stop` in its dialect. */
  get manifestWithStop(): FunpackManifest {
    if (this.#manifest.stop) return this.#manifest;
    return { ...this.#manifest, stop: (this.#dialect.stdin({ type: 'stop' }) ?? []).map((send) => ({ send })) };
  }
}
