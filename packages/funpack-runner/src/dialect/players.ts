import type { GameEvent } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';

/** One connected player. `id` is the game's number for them, which some orders need. */
export interface PlayerEntry {
  readonly name: string;
  readonly id?: string;
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

function withId(name: string, id: unknown): PlayerEntry {
  const number = textOf(id);
  return number === undefined ? { name } : { name, id: number };
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

  /** Takes an event in, and answers what is to be published of it, in order. */
  apply(event: GameEvent): readonly GameEvent[] {
    switch (event.type) {
      case 'player_connected': return this.#connected(event);
      case 'player_disconnected': return this.#disconnected(event);
      case 'player_renamed': return this.#renamed(event);
      case 'players_list': return [event, ...this.#listed(event)];
      default: return [event];
    }
  }

  /** The game has ended. Answers who was connected. */
  leaveAll(): readonly PlayerEntry[] {
    const left = this.all;
    this.#entries.clear();
    return left;
  }

  #connected(event: GameEvent): readonly GameEvent[] {
    const entry = withId(String(event['user']), event['user_id']);
    const before = this.#numbered(entry.id);
    if (before && before.name !== entry.name) return this.#rename(event, before.name, entry);
    const isKnown = this.#entries.has(entry.name);
    if (!isKnown || entry.id !== undefined) this.#entries.set(entry.name, entry);
    return isKnown ? [] : [event];
  }

  #disconnected(event: GameEvent): readonly GameEvent[] {
    const entry = this.find(String(event['user'])) ?? this.#numbered(textOf(event['user_id']));
    if (!entry) return [];
    this.#entries.delete(entry.name);
    return [entry.name === event['user'] ? event : { ...event, user: entry.name }];
  }

  #renamed(event: GameEvent): readonly GameEvent[] {
    const [name, old] = [String(event['user']), this.find(String(event['old_user']))];
    if (name === old?.name) return [];
    if (old) return this.#rename(event, old.name, withId(name, event['user_id'] ?? old.id));
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
    const { old_user: _old, ...rest } = event;
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
    return id === undefined ? undefined : this.all.find((entry) => entry.id === id);
  }
}

const textOf = (id: unknown): string | undefined =>
  typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
