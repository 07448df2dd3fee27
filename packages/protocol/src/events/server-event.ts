/** The events of the game itself. The README of funpack-runner lists other spellings that are read as these. */
export const gameEventTypes = [
  'started', 'stopping', 'player_connected', 'player_disconnected', 'player_renamed', 'players_list', 'chat',
  'settings_changed', 'info', 'warning', 'critical', 'fatal_error',
] as const;
export type GameEventType = (typeof gameEventTypes)[number];

/**
 * The events of the worker about the game. Besides these it notes a `warning` about lines that it cannot use, and a
 * `player_disconnected` for everyone who is connected when the game ends.
 */
export const workerEventTypes = [
  'preparing', 'launched', 'crashed', 'crash_loop', 'start_failed', 'silent', 'stopped', 'backed_up', 'backup_failed',
  'restored', 'events_lost',
] as const;
export type WorkerEventType = (typeof workerEventTypes)[number];

/** One event that was read from a game's console: its type and the fields that came with it. */
export interface GameEvent {
  readonly type: GameEventType;
  readonly [field: string]: unknown;
}

/**
 * The JSON in `server:events`. `id` is `<serverId>:<runId>:<byte offset>`, where the offset is that of the line's start
 * in the console, or `…:j<byte offset>` for a line of the worker's journal. The second event of one line has `.1`
 * behind its offset, the third `.2`, and so on. `ts` is ISO 8601.
 */
export interface ServerEventMessage {
  readonly event: 'server_event';
  readonly type: GameEventType | WorkerEventType;
  readonly server_id: string;
  readonly pinky_id: string;
  readonly ts: string;
  readonly id: string;
  readonly [field: string]: unknown;
}
