/**
 * Events that the game itself tells (DESIGN §8; seed 000 spells `chatted` and `playername` too, which are read as
 * `chat` and `user`), and events of the worker about the game.
 */
export const gameEventTypes = [
  'started', 'stopping', 'player_connected', 'player_disconnected', 'players_list', 'chat', 'settings_changed',
  'info', 'warning', 'critical', 'fatal_error',
] as const;
export type GameEventType = (typeof gameEventTypes)[number];

export const workerEventTypes = [
  'preparing', 'launched', 'crashed', 'crash_loop', 'start_failed', 'silent', 'stopped', 'backed_up', 'backup_failed',
  'restored', 'events_lost',
] as const;
export type WorkerEventType = (typeof workerEventTypes)[number];

/** One thing that a game said, read from its console: its type and whatever fields came with it. */
export interface GameEvent {
  readonly type: GameEventType;
  readonly [field: string]: unknown;
}

/**
 * The JSON that is pushed to `server:events`. `id` is `<serverId>:<runId>:<byte offset>` of the line's start in the
 * console, or `…:j<byte offset>` for a line of the worker's journal. `ts` is ISO 8601.
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
