import type { ServerEventFields } from './event-fields.js';
import type { OwnWarning } from './warnings.js';

/** The events of the game itself. The README of funpack-runner lists other spellings that are read as these. */
export const gameEventTypes = [
  'started', 'stopping', 'player_connected', 'player_disconnected', 'player_renamed', 'players_list', 'chat',
  'settings_changed', 'info', 'warning', 'critical', 'fatal_error',
] as const;
export type GameEventType = (typeof gameEventTypes)[number];

/** The events of the worker about the game. Besides these it notes some of the game's (`NotedFields`). */
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

/** Somebody comes, goes, or has another name. */
type PlayerChangeType = 'player_connected' | 'player_disconnected' | 'player_renamed';
export type PlayerChange = {
  readonly [Type in PlayerChangeType]: { readonly type: Type } & ServerEventFields[Type];
}[PlayerChangeType];

/**
 * The fields of what a worker writes into its journal, by the type: its own events, warnings, settings that it told the
 * game, and players whom a list or the game's end made come or go.
 */
export type NotedFields = Pick<ServerEventFields, WorkerEventType | PlayerChangeType> & {
  readonly warning: OwnWarning;
  readonly settings_changed: { readonly setting: string; readonly value?: unknown; readonly because: string };
};
export type NotedType = keyof NotedFields;

/**
 * The JSON in `server:events` whose type this version knows: a union by `type`, so that a `switch` over it knows the
 * fields. `GameKind` are the kinds of a game's own warnings, if there are any: `ServerEventMessage<'stressed'>`.
 */
export type ServerEventMessage<GameKind extends string = never> = {
  readonly [Type in keyof ServerEventFields]: Omit<AnyServerEvent, 'type'> & { readonly type: Type } &
    ServerEventFields<GameKind>[Type];
}[keyof ServerEventFields];

/**
 * The fields of every event. `id` is `<serverId>:<runId>:<byte offset>`, where the offset is that of the line's start
 * in the console, or `…:j<byte offset>` for a line of the worker's journal. The second event of one line has `.1`
 * behind its offset, the third `.2`, and so on. `ts` is ISO 8601. Versions after this one may add types, which
 * `isKnownEvent` tells apart.
 */
export interface AnyServerEvent {
  readonly event: 'server_event';
  readonly type: string;
  readonly server_id: string;
  readonly pinky_id: string;
  readonly ts: string;
  readonly id: string;
}

const knownTypes: ReadonlySet<string> = new Set([...gameEventTypes, ...workerEventTypes]);

/** Whether this version knows the type of an event. Ignore an event that it does not know. */
export const isKnownEvent = (event: AnyServerEvent): event is ServerEventMessage => knownTypes.has(event.type);
