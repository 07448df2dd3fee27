import type { FunpackManifest, GameEvent } from '@pinky/protocol';
import { noPlaceholders, expand, type Placeholders } from '../launch/placeholders.js';
import { ConsoleRules } from './console-rules.js';
import { fromJson, fromPairs } from './game-event.js';
import { assertOrder, programLine, stopLines, templateLine, type Order } from './orders.js';
import { Players, type PlayerEntry } from './players.js';

/** The language of one game, in both directions. Its only state is who is connected. */
export class Dialect {
  readonly #manifest: FunpackManifest;
  readonly #rules: ConsoleRules;
  readonly #players: Players;
  readonly #placeholders: Placeholders;

  /** `placeholders` fill `{port}` and the like in `commands` and `stop`. Without them the texts stay as they are. */
  constructor(
    manifest: FunpackManifest,
    players: readonly PlayerEntry[] = [],
    placeholders: Placeholders = noPlaceholders,
  ) {
    this.#manifest = manifest;
    this.#rules = new ConsoleRules(manifest);
    this.#players = new Players(players);
    this.#placeholders = placeholders;
  }

  /** The connected players, as far as the console has told. */
  get players(): readonly PlayerEntry[] {
    return this.#players.all;
  }

  /**
   * Reads one console line, decoded and without its line break, as an event. Undefined where it is plain text. JSON and
   * `key=value` lines are read in both forms of a funpack, then the rules of `console` in their order. Never throws.
   */
  read(line: string): GameEvent | undefined {
    const clean = this.#rules.clean(line).replace(/\r$/, '');
    const event =
      fromJson(clean.trim()) ?? fromPairs(clean.trim()) ?? this.#rules.read(clean, (id) => this.#players.nameOf(id));
    if (event) this.#players.apply(event);
    return event;
  }

  /**
   * The lines to write to the game's stdin, each without a line break. Undefined where the funpack does not offer the
   * order. Throws `bad_text` for a text with a line break, and `no_such_player` where the game wants the number of an
   * unknown player.
   */
  stdin(order: Order): readonly string[] | undefined {
    assertOrder(order);
    if (order.type === 'stop') return stopLines(this.#manifest, this.#placeholders);
    const template = this.#manifest.commands?.[order.type];
    if (template !== undefined) {
      return [templateLine(expand(template, this.#placeholders), order, (name) => this.#players.find(name))];
    }
    return this.#manifest.run ? undefined : [programLine(order)];
  }
}
