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

const withId = (name: string, id: unknown): PlayerEntry =>
  (typeof id === 'string' || typeof id === 'number' ? { name, id: String(id) } : { name });

/** The connected players, kept up to date by events. */
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
    return this.all.find((entry) => entry.id !== undefined && entry.id === id)?.name;
  }

  apply(event: GameEvent): void {
    const user = event['user'];
    if (event.type === 'player_connected' && typeof user === 'string') {
      this.#entries.set(user, withId(user, event['user_id']));
    }
    if (event.type === 'player_disconnected' && typeof user === 'string') this.#entries.delete(user);
    if (event.type === 'players_list') this.#replace(playerEntries(event['players']) ?? []);
  }

  #replace(entries: readonly PlayerEntry[]): void {
    const known = this.#entries;
    this.#entries = new Map(
      entries.map((entry) => [entry.name, entry.id === undefined ? (known.get(entry.name) ?? entry) : entry]),
    );
  }
}
