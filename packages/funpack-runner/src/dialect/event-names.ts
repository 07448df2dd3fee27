import { gameEventTypes, type GameEventType } from '@pinky/protocol';

/** Other spellings of events, and what they are here. */
const eventAliases: Readonly<Record<string, GameEventType>> = { chatted: 'chat', connected_players: 'players_list' };

/** Events that are named for a change. They are read as `settings_changed` with that name as `kind`. */
export const settingsChanges: ReadonlySet<string> = new Set([
  'opped',
  'deopped',
  'whitelist_added',
  'whitelist_removed',
  'banned',
  'pardoned',
]);

const knownTypes: ReadonlyMap<string, GameEventType> = new Map([
  ...gameEventTypes.map((type) => [type, type] as const),
  ...Object.entries(eventAliases),
  ...[...settingsChanges].map((name) => [name, 'settings_changed'] as const),
]);

/** The `event` of a rule whose lines say which number a player has. They make no event. */
export const learning = 'player_id';

/** The event that a game means by this name. Undefined where it is unknown: then the line is plain text. */
export const eventTypeOf = (name: string): GameEventType | undefined => knownTypes.get(name);

/**
 * Other spellings of fields. `id` and `type` belong to the message that Pinky publishes (the event's own id and type).
 * So a player's number becomes `user_id`, and the `type` of a warning or change becomes `kind`.
 */
export const fieldAliases: ReadonlyMap<string, string> = new Map([
  ['playername', 'user'], ['player', 'user'], ['username', 'user'], ['msg', 'message'], ['at', 'ts'],
  ['actor_playername', 'actor'], ['target_playername', 'target'], ['old_playername', 'old_user'],
  ['playernames', 'players'], ['connected_players', 'players'], ['users', 'players'],
  ['id', 'user_id'], ['type', 'kind'],
]);

/** Fields that a game cannot set, because they are Pinky's own in a published event. */
export const reservedFields: ReadonlySet<string> = new Set(['event', 'server_id', 'pinky_id', '__proto__']);
