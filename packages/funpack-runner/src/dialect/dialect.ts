import type { FunpackManifest, GameEvent, PlayerChange } from '@pinky/protocol';
import { HeldLines } from '../counted/held-lines.js';
import { noPlaceholders, type Placeholders } from '../launch/placeholders.js';
import type { Order } from '../orders/order.js';
import { orderLines, type Speaker } from '../orders/order-lines.js';
import { proofOf, type Proof } from '../orders/proof.js';
import { ConsoleRules, type Names, type UnmatchedRule } from './console-rules.js';
import { encodingOf, utf8, type Encoding } from './encoding.js';
import { EventFaults, type CountedFault, type FaultCounts } from './event-faults.js';
import { fromJson, fromPairs, isFaulty, type Said } from './game-event.js';
import { KnownPlayers } from './known-players.js';
import { Players, type PlayerEntry } from './players.js';
import { TableReader } from './table-reader.js';
import { readsEventLines } from './spoken-manifest.js';

/** The meaning of one console line. Text means nothing. */
export interface Reading {
  /** The events to publish, in order. None for what is known already, such as a player who comes in a second time. */
  readonly events: readonly GameEvent[];
  /** The line names an event that lacks a field. */
  readonly fault?: CountedFault;
}

const text: Reading = { events: [] };

/** The knowledge at the place where reading begins. */
export interface DialectState {
  readonly players?: readonly PlayerEntry[];
  readonly faults?: FaultCounts;
  readonly half?: HalfRead | undefined;
}

/** The things that lines before this place have said, and that lines after it need. */
export interface HalfRead {
  /** The rows of the table of `poll` that is being printed. */
  readonly table?: readonly PlayerEntry[];
  /** The players whose numbers are known from lines of their own. */
  readonly known?: readonly PlayerEntry[];
  /** The lines of a field that goes on in the next line. */
  readonly held?: readonly string[];
}

/** The language of one game, in both directions. Its only state is who is connected, and what could not be used. */
export class Dialect {
  readonly #manifest: FunpackManifest;
  readonly #rules: ConsoleRules;
  readonly #readsEventLines: boolean;
  readonly #encoding: Encoding;
  readonly #players: Players;
  readonly #faults: EventFaults;
  readonly #placeholders: Placeholders;
  readonly #table: TableReader | undefined;
  readonly #known: KnownPlayers;
  readonly #held: HeldLines;
  /** A table that is half read, until the funpack is known again. */
  readonly #unread: readonly PlayerEntry[] | undefined;

  /** `placeholders` fill `{port}` and the like in `commands` and `stop`. Without them the texts stay as they are. */
  constructor(
    manifest: FunpackManifest,
    { players = [], faults, half = {} }: DialectState = {},
    placeholders: Placeholders = noPlaceholders,
  ) {
    this.#manifest = manifest;
    this.#rules = new ConsoleRules(manifest);
    this.#readsEventLines = readsEventLines(manifest);
    this.#encoding = encodingOf(manifest.encoding) ?? utf8;
    this.#players = new Players(players);
    this.#faults = new EventFaults(faults);
    this.#placeholders = placeholders;
    this.#table = manifest.poll && new TableReader(manifest.poll, half.table);
    this.#unread = half.table;
    this.#known = new KnownPlayers(half.known);
    this.#held = new HeldLines(half.held);
  }

  /** The connected players, as far as the console has told. */
  get players(): readonly PlayerEntry[] {
    return this.#players.all;
  }

  /** How many lines named an event that lacks a field, by the kind of fault. */
  get faults(): FaultCounts {
    return this.#faults.counts;
  }

  /** The things that later lines need of those before. Undefined if there is nothing. */
  get half(): HalfRead | undefined {
    const [table, known, held] = [this.#table ? this.#table.rows : this.#unread, this.#known.all, this.#held.all];
    if (table === undefined && known.length === 0 && held.length === 0) return undefined;
    return { ...(table && { table }), ...(known.length > 0 && { known }), ...(held.length > 0 && { held: [...held] }) };
  }

  /** The game has ended. Answers who was connected. */
  leaveAll(): readonly PlayerEntry[] {
    return this.#players.leaveAll();
  }

  /** How the game writes and reads. */
  get encoding(): Encoding {
    return this.#encoding;
  }

  /** The rules of `started`, of a game that has not started. */
  get unmatched(): readonly UnmatchedRule[] {
    return this.#rules.unmatched;
  }

  /** The line as it is read: without escape sequences, and without what the funpack strips. */
  clean(line: string): string {
    return this.#rules.clean(line).replace(/\r$/, '');
  }

  /**
   * Reads one console line, decoded and without its line break: JSON and `key=value` lines first, where the funpack has
   * them, then the table of `poll`, then the rules of `console` in their order. Never throws.
   */
  read(line: string): Reading {
    const clean = this.clean(line);
    if (this.#held.all.length > 0) return this.#readOn(clean);
    const { isPart = false, list } = this.#table?.read(clean) ?? {};
    const listed = list === undefined ? [] : this.#players.apply(list).events;
    if (isPart) return { events: listed };
    const { events, ...rest } = this.#readPlain(clean);
    return { events: listed.length === 0 ? events : [...listed, ...events], ...rest };
  }

  /** The list of a reply has come to its end, and with it a table that has no last line. */
  readEnd(): readonly GameEvent[] {
    const list = this.#table?.end();
    return list === undefined ? [] : this.#players.apply(list).events;
  }

  /** Takes a list of players that came on another way than the console. Answers who has come and gone with it. */
  takeList(players: readonly PlayerEntry[]): readonly PlayerChange[] {
    return this.#players.takeList(players);
  }

  /** Takes in a note of players whom a list that came on another way made come or go, before this was made. */
  recall(note: { readonly type: string; readonly [field: string]: unknown }): void {
    if (isPlayerChange(note)) this.#players.apply(note);
  }

  /** The line belongs to a field that began before it, whatever it looks like. */
  #readOn(clean: string): Reading {
    const said = this.#rules.read(this.#held.with(clean), this.#names);
    if (said === 'more' && this.#held.hold(clean)) return text;
    if (said !== 'more') {
      this.#held.release();
      return this.#meaning(said);
    }
    // It never ended, so it was none: each line is what it looks like.
    const readings = this.#held.release().map((one) => this.#readPlain(one, true));
    const fault = readings.find((one) => one.fault)?.fault;
    return { events: readings.flatMap(({ events }) => events), ...(fault && { fault }) };
  }

  #readPlain(clean: string, isWhole = false): Reading {
    const own = this.#readsEventLines ? (fromJson(clean.trim()) ?? fromPairs(clean.trim())) : undefined;
    const said = own && !isFaulty(own) ? own : (this.#rules.read(clean, this.#names, isWhole) ?? own);
    if (said !== 'more') return this.#meaning(said);
    this.#held.hold(clean);
    return text;
  }

  #meaning(said: Said): Reading {
    if (!said) return text;
    if (isFaulty(said)) return { events: [], fault: this.#faults.add(said.fault) };
    const { events, fault } = this.#players.apply(said);
    if (fault) this.#faults.add(fault); // only counted: the funpack is right, and the game's line is late
    return { events };
  }

  /** The lines that mean an order to the game, as `orderLines` finds them. */
  stdin(order: Order): readonly string[] | undefined {
    return orderLines(order, this.#speaker);
  }

  /** How the game shows that it has done an order. Undefined if the funpack does not say. */
  proofOf(order: Order): Proof | undefined {
    return proofOf(order, this.#speaker);
  }

  get #names(): Names {
    return {
      nameOf: (id) => this.#players.nameOf(id) ?? this.#known.nameOf(id),
      idOf: (name) => this.#known.idOf(name),
      learn: (player) => {
        this.#known.learn(player);
        this.#players.number(player);
      },
    };
  }

  get #speaker(): Speaker {
    return {
      manifest: this.#manifest,
      players: this.players,
      placeholders: this.#placeholders,
      encoding: this.#encoding,
    };
  }
}

const changes: ReadonlySet<string> = new Set(['player_connected', 'player_disconnected', 'player_renamed']);
const isPlayerChange = (note: { readonly type: string }): note is GameEvent => changes.has(note.type);
