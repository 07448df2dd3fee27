import type { GameEvent, PlayerChange } from '@pinky/protocol';
import { isRecord } from '../funpack/checks.js';
import type { EventFault } from './event-faults.js';

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

/** A number or a text. An empty text names nobody, and JSON has no word for what is no finite number. */
const isId = (id: unknown): id is string | number =>
  typeof id === 'number' ? Number.isFinite(id) : typeof id === 'string' && id !== '';

/** Removes a number that is none. */
function withoutOddId(event: GameEvent): GameEvent {
  if (!('user_id' in event) || isId(event['user_id'])) return event;
  const { user_id: _odd, ...rest } = event;
  return rest;
}

/** Says that no line of its own told of it. */
const byList = { because: 'players_list' } as const;
const byName = { because: 'another player has the name now' } as const;

/** The events to publish of one that a game says, in order, and why it was not believed if it was not. */
export interface Applied {
  readonly events: readonly GameEvent[];
  readonly fault?: EventFault;
}

/**
 * The players who are connected. Events follow this model: a player comes in once and goes out once, whatever the game
 * repeats, and with one number. The same number under another name is a player who has another name now. A line that
 * says a number is about the player who has it, and about nobody else: a session that ended long ago may still be told
 * of when its player has come again.
 */
export class Players {
  readonly #entries = new Map<string, PlayerEntry>();

  constructor(entries: readonly PlayerEntry[]) {
    // a checkpoint of an earlier version may have a null, where the number was an infinite one
    this.#replace(entries.map(({ name, id }) => withId(name, id)));
  }

  get all(): readonly PlayerEntry[] {
    return [...this.#entries.values()];
  }

  find(name: unknown): PlayerEntry | undefined {
    return typeof name === 'string' ? this.#entries.get(name) : undefined;
  }

  /** The player's name, for lines that have only the game's number. */
  nameOf(id: unknown): string | undefined {
    return this.#numbered(id)?.name;
  }

  /** A line of its own says which number a player has. */
  number({ name, id }: { readonly name: string; readonly id: string }): void {
    const entry = this.find(name);
    if (entry && entry.id === undefined && !this.#numbered(id)) this.#entries.set(name, { name, id });
  }

  /** Takes an event in, and answers what is to be published of it. */
  apply(said: GameEvent): Applied {
    const event = withoutOddId(said);
    const { type } = event;
    if (this.#isOfAnother(event)) return { events: [], fault: { event: type, field: 'user_id', isOfAnother: true } };
    return { events: this.#applied(event) };
  }

  /**
   * Takes a whole list in that no line says, and answers who has come and gone with it. Only these answers are written
   * down, so whoever takes them in one by one comes to the same players in the same order.
   */
  takeList(players: readonly PlayerEntry[]): readonly PlayerChange[] {
    // made of entries, so they have a name
    return this.#listed({ type: 'players_list', players }) as readonly object[] as readonly PlayerChange[];
  }

  /** The game has ended. Answers who was connected. */
  leaveAll(): readonly PlayerEntry[] {
    const left = this.all;
    this.#entries.clear();
    return left;
  }

  #applied(event: GameEvent): readonly GameEvent[] {
    switch (event.type) {
      case 'player_connected': return this.#connected(event);
      case 'player_disconnected': return this.#disconnected(event);
      case 'player_renamed': return this.#renamed(event);
      case 'players_list': {
        const changes = this.#listed(event);
        this.#sortAs(playerEntries(event['players']) ?? []);
        return [event, ...changes];
      }
      default: return [this.#spoken(event)];
    }
  }

  /** Whether a line would remove or rename somebody by name, and says a number that this player does not have. */
  #isOfAnother({ type, user, old_user: old, user_id: id }: GameEvent): boolean {
    const isRename = type === 'player_renamed';
    if (!isId(id) || (!isRename && type !== 'player_disconnected') || this.#numbered(id)) return false;
    return (isRename ? (this.find(old) ?? this.find(user)) : this.find(user))?.id !== undefined;
  }

  /** An event that names a connected player, such as what one says in the chat. The number that it says stays. */
  #spoken(event: GameEvent): GameEvent {
    const entry = this.find(event['user']);
    if (entry?.id === undefined) return event;
    return 'user_id' in event && !isSame(event['user_id'], entry.id) ? event : withKnown(event, entry);
  }

  #connected(event: GameEvent): readonly GameEvent[] {
    const entry = withId(String(event['user']), event['user_id']);
    const before = this.#numbered(entry.id);
    if (before) return this.#rename(event, before, withId(entry.name, before.id));
    const known = this.find(entry.name);
    if (!known || entry.id !== undefined) this.#entries.set(entry.name, entry); // orders need the newest number
    if (!known) return [event];
    return known.id === undefined || entry.id === undefined ? [] : [displaced(known, event), event];
  }

  #disconnected(event: GameEvent): readonly GameEvent[] {
    const entry = this.#numbered(event['user_id']) ?? this.find(event['user']);
    if (!entry) return [];
    this.#entries.delete(entry.name);
    return [withKnown(event, entry)];
  }

  #renamed(event: GameEvent): readonly GameEvent[] {
    const before = this.#numbered(event['user_id']) ?? this.find(event['old_user']);
    if (before) return this.#rename(event, before, withId(String(event['user']), before.id ?? event['user_id']));
    const { old_user: _unknown, ...come } = event;
    return this.#connected({ ...come, type: 'player_connected' });
  }

  /** Two players cannot have one name: whoever had the new one has gone in silence. */
  #rename(event: GameEvent, from: PlayerEntry, to: PlayerEntry): readonly GameEvent[] {
    const other = from.name === to.name ? undefined : this.find(to.name);
    this.#replace(this.all.filter((entry) => entry !== other).map((entry) => (entry === from ? to : entry)));
    if (from.name === to.name) return [];
    const { old_user: _old, ...rest } = withKnown(event, to);
    return [...(other ? [displaced(other, event)] : []), { ...rest, type: 'player_renamed', old_user: from.name }];
  }

  /**
   * A list is the whole truth: whoever came or went in silence comes or goes with it. A name that is still there is the
   * same player's, also where its number was another player's before: some games number places, not players.
   */
  #listed(event: GameEvent): readonly GameEvent[] {
    const listed = this.#distinct(playerEntries(event['players']) ?? []);
    const told = (type: 'player_connected' | 'player_disconnected', entry: PlayerEntry): GameEvent =>
      ({ ...aboutPlayer(type, entry, event), ...byList });
    const out = (entry: PlayerEntry): readonly GameEvent[] => this.#disconnected(told('player_disconnected', entry));
    const had = new Set(this.#entries.keys());
    const renumbered = listed.flatMap((entry) => this.#numberedOtherwise(entry)).flatMap(out);
    const come = listed.flatMap((entry) => {
      const holder = had.has(entry.name) ? this.#numbered(entry.id) : undefined;
      const left = holder && holder.name !== entry.name ? out(holder) : [];
      return [...left, ...this.#connected(told('player_connected', entry))];
    });
    const names = new Set(listed.map(({ name }) => name));
    const gone = this.all.filter(({ name }) => !names.has(name)).flatMap(out);
    return [...renumbered, ...come, ...gone];
  }

  /** Puts those who are listed into the order of the list. */
  #sortAs(listed: readonly PlayerEntry[]): void {
    this.#replace([...new Set(listed.map(({ name }) => name))].flatMap((name) => this.find(name) ?? []));
  }

  /** The connected player of that name, with another number. */
  #numberedOtherwise({ name, id }: PlayerEntry): readonly PlayerEntry[] {
    const known = this.find(name);
    return known?.id !== undefined && id !== undefined && !isSame(known.id, id) ? [known] : [];
  }

  /** A list in which each name and each number stands once. The player who has a number already keeps it. */
  #distinct(listed: readonly PlayerEntry[]): readonly PlayerEntry[] {
    const isKnown = ({ name, id }: PlayerEntry): boolean => isSame(id, this.find(name)?.id);
    const distinct = new Map<string, PlayerEntry>();
    const ids = new Set<string>();
    for (const entry of [...listed.filter(isKnown), ...listed.filter((one) => !isKnown(one))]) {
      const { name, id } = entry;
      if (distinct.has(name)) continue;
      distinct.set(name, id !== undefined && ids.has(String(id)) ? { name } : entry);
      ids.add(String(id));
    }
    return [...new Set(listed.map(({ name }) => name))].flatMap((name) => distinct.get(name) ?? []);
  }

  #replace(entries: readonly PlayerEntry[]): void {
    this.#entries.clear();
    for (const entry of entries) this.#entries.set(entry.name, entry);
  }

  #numbered(id: unknown): PlayerEntry | undefined {
    return isId(id) ? this.all.find((entry) => isSame(entry.id, id)) : undefined;
  }
}

/** An event about a player that no line of its own told of. */
const aboutPlayer = (type: GameEvent['type'], { name, id }: PlayerEntry, { ts }: GameEvent): GameEvent =>
  ({ type, user: name, ...(id !== undefined && { user_id: id }), ...(ts !== undefined && { ts }) });

/** A player goes out, because an event gives the name to another one. */
const displaced = (entry: PlayerEntry, event: GameEvent): GameEvent =>
  ({ ...aboutPlayer('player_disconnected', entry, event), ...byName });

/** A number that one line writes as a number and another as text is one and the same. */
const isSame = (one: unknown, other: unknown): boolean => isId(one) && isId(other) && String(one) === String(other);

/** Every event of a player has the same `user_id`, of the same type, also where its line does not say it. */
const withKnown = (event: GameEvent, { name, id }: PlayerEntry): GameEvent =>
  ({ ...event, user: name, ...(id !== undefined && { user_id: id }) });
