import type { GameEvent } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';

/** One connected player. `id` is the game's number for them, which some orders need, as the game first wrote it. */
export interface PlayerEntry {
  readonly name: string;
  readonly id?: string | number;
}

/** The players in a `players_list`: names, or objects with `name` and perhaps `id`. Undefined for anything else. */
export function playerEntries(value: unknown): readonly PlayerEntry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries = value.map(playerEntry);
  return entries.every((entry) => entry !== undefined) ? entries : undefined;
}

function playerEntry(value: unknown): PlayerEntry | undefined {
  if (typeof value === 'string') return value === '' ? undefined : { name: value };
  if (!isRecord(value)) return undefined;
  const name = value['name'] ?? value['user'] ?? value['playername'];
  if (typeof name !== 'string' || name === '') return undefined;
  return withId(name, value['id']);
}

const withId = (name: string, id: unknown): PlayerEntry => (isId(id) ? { name, id } : { name });

/** A number or a text. An empty text names nobody. */
const isId = (id: unknown): id is string | number =>
  typeof id === 'number' || (typeof id === 'string' && id !== '');

/** Removes a number that is none. */
function withoutOddId(event: GameEvent): GameEvent {
  if (!('user_id' in event) || isId(event['user_id'])) return event;
  const { user_id: _odd, ...rest } = event;
  return rest;
}

/** Says that no line of its own told of it. */
const byList = { because: 'players_list' } as const;

/**
 * The players who are connected. Events follow this model: a player comes in once and goes out once, whatever the game
 * repeats. The same number under another name is a player who has another name now.
 */
export class Players {
  #entries: Map<string, PlayerEntry>;

  constructor(entries: readonly PlayerEntry[]) {
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
  }

  get all(): readonly PlayerEntry[] {
    return [...this.#entries.values()];
  }

  find(name: string): PlayerEntry | undefined {
    return this.#entries.get(name);
  }

  /** The player's name, for lines that have only the game's number. */
  nameOf(id: unknown): string | undefined {
    return this.#numbered(id)?.name;
  }

  /** A line of its own says which number a player has. */
  number({ name, id }: { readonly name: string; readonly id: string }): void {
    if (this.find(name)?.id === undefined && this.#entries.has(name)) this.#entries.set(name, { name, id });
  }

  /** Takes an event in, and answers what is to be published of it, in order. */
  apply(said: GameEvent): readonly GameEvent[] {
    const event = withoutOddId(said);
    switch (event.type) {
      case 'player_connected': return this.#connected(event);
      case 'player_disconnected': return this.#disconnected(event);
      case 'player_renamed': return this.#renamed(event);
      case 'players_list': return [event, ...this.#listed(event)];
      default: return [this.#spoken(event)];
    }
  }

  /** The game has ended. Answers who was connected. */
  leaveAll(): readonly PlayerEntry[] {
    const left = this.all;
    this.#entries.clear();
    return left;
  }

  /** An event that names a connected player, such as what one says in the chat. */
  #spoken(event: GameEvent): GameEvent {
    const entry = typeof event['user'] === 'string' ? this.find(event['user']) : undefined;
    return entry?.id === undefined ? event : withKnown(event, entry);
  }

  #connected(event: GameEvent): readonly GameEvent[] {
    const said = withId(String(event['user']), event['user_id']);
    const before = this.#numbered(said.id);
    const entry = before ? withId(said.name, before.id) : said;
    if (before && before.name !== entry.name) return this.#rename(event, before.name, entry);
    const known = this.find(entry.name);
    if (!known || entry.id !== undefined) this.#entries.set(entry.name, entry); // orders need the newest number
    if (!known) return [event];
    const isAnother = known.id !== undefined && entry.id !== undefined && !isSame(known.id, entry.id);
    return isAnother ? [{ ...withKnown(event, known), type: 'player_disconnected' }, event] : [];
  }

  #disconnected(event: GameEvent): readonly GameEvent[] {
    const entry = this.find(String(event['user'])) ?? this.#numbered(event['user_id']);
    if (!entry) return [];
    this.#entries.delete(entry.name);
    return [withKnown(event, entry)];
  }

  #renamed(event: GameEvent): readonly GameEvent[] {
    const [name, old] = [String(event['user']), this.find(String(event['old_user']))];
    if (name === old?.name) return [];
    const said = event['user_id'] ?? old?.id;
    if (old) return this.#rename(event, old.name, withId(name, isSame(old.id, said) ? old.id : said));
    const { old_user: _unknown, ...come } = event;
    return this.#connected({ ...come, type: 'player_connected' });
  }

  /** Where somebody has the new name already, two have become one: the old name goes out. */
  #rename(event: GameEvent, from: string, to: PlayerEntry): readonly GameEvent[] {
    const isTaken = this.#entries.has(to.name);
    const entries = this.all
      .filter(({ name }) => !isTaken || name !== from)
      .map((entry) => (entry.name === from || entry.name === to.name ? to : entry));
    this.#entries = new Map(entries.map((entry) => [entry.name, entry]));
    const { old_user: _old, ...rest } = withKnown(event, to);
    return isTaken
      ? [{ ...rest, type: 'player_disconnected', user: from }]
      : [{ ...rest, type: 'player_renamed', old_user: from }];
  }

  /** A list is the whole truth: whoever came or went in silence comes or goes with it. */
  #listed(event: GameEvent): readonly GameEvent[] {
    const listed = playerEntries(event['players']) ?? [];
    const when = event['ts'] === undefined ? {} : { ts: event['ts'] };
    const told = (type: 'player_connected' | 'player_disconnected', { name, id }: PlayerEntry): GameEvent =>
      ({ type, user: name, ...(id !== undefined && { user_id: id }), ...when, ...byList });
    const come = listed.flatMap((entry) => this.apply(told('player_connected', entry)));
    const names = new Set(listed.map(({ name }) => name));
    const gone = this.all.filter(({ name }) => !names.has(name));
    const left = gone.flatMap((entry) => this.apply(told('player_disconnected', entry)));
    this.#entries = new Map([...names].flatMap((name) => this.#entryOf(name)));
    return [...come, ...left];
  }

  /** In the order of the list. */
  #entryOf(name: string): readonly (readonly [string, PlayerEntry])[] {
    const entry = this.find(name);
    return entry ? [[name, entry]] : [];
  }

  #numbered(id: unknown): PlayerEntry | undefined {
    return this.all.find((entry) => isSame(entry.id, id));
  }
}

/** A number that one line writes as a number and another as text is one and the same. */
const isSame = (one: unknown, other: unknown): boolean => isId(one) && isId(other) && String(one) === String(other);

/** Every event of a player has the same `user_id`, of the same type, also where its line does not say it. */
const withKnown = (event: GameEvent, { name, id }: PlayerEntry): GameEvent =>
  ({ ...event, user: name, ...(id !== undefined && { user_id: id }) });
