import type { ConsolePlace, ServerEvent } from '../api/types.js';
import { eventWords } from '../words/events.js';

/** A mark beside a line of the console that became an event. */
export interface EventMark {
  readonly place: ConsolePlace;
  /** Its colour, and its sign. */
  readonly kind: 'join' | 'leave' | 'chat' | 'crash' | 'state' | 'other';
  /** In words, for a tooltip and a screen reader. */
  readonly words: string;
}

const kinds: Readonly<Record<string, EventMark['kind']>> = {
  player_connected: 'join',
  player_disconnected: 'leave',
  chat: 'chat',
  crashed: 'crash',
  crash_loop: 'crash',
  fatal_error: 'crash',
  critical: 'crash',
  started: 'state',
  stopping: 'state',
};

export const markSigns: Readonly<Record<EventMark['kind'], string>> = {
  join: '→',
  leave: '←',
  chat: '”',
  crash: '▲',
  state: '●',
  other: '·',
};

/**
 * The mark of an event: its id holds the run, and the place of the line that it was read from. The end of a game has no
 * line, so its mark stands at the last one of the run. Undefined for other events that no line told of.
 */
export function markOf(event: ServerEvent): EventMark | undefined {
  const [, run, journal, offset] = /^[^:]+:([^:]+):(j?)(\d+)/.exec(String(event['id'])) ?? [];
  const kind = kinds[event.type] ?? 'other';
  if (run === undefined || (journal === 'j' && kind !== 'crash')) return undefined;
  const words = [event.type.replaceAll('_', ' '), eventWords(event)].filter(Boolean).join(': ').slice(0, 300);
  return { place: { run, offset: journal === 'j' ? Number.POSITIVE_INFINITY : Number(offset) }, kind, words };
}
