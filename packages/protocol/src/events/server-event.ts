import type { BackupResult } from '../commands/commands.js';
import type { NamedPorts } from '../funpack/manifest.js';

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

/** The exit of a game: a code or a signal, and both in words. */
interface GameExit {
  readonly code?: number;
  readonly signal?: string;
  readonly how: string;
}

/** Fields of a game's end that the kernel brought about, because the game needed more memory than its limit. */
interface MemoryEnd {
  readonly reason?: 'out_of_memory';
  /** Bytes. */
  readonly limit?: number;
  readonly peak?: number;
  /** Seconds before the end, and the bytes in use then. */
  readonly memory_curve?: readonly (readonly [number, number])[];
}

/** The signs by which a game counts as hung. */
interface HangSigns {
  readonly silent_ms: number;
  readonly query: string;
  readonly cpu: string;
}

/** The fields of each event, besides those that every event has. A game may send more with its own. */
export interface ServerEventFields {
  readonly player_connected: { readonly user: string; readonly user_id?: unknown };
  readonly player_disconnected: { readonly user: string; readonly user_id?: unknown };
  readonly player_renamed: { readonly user: string; readonly old_user: string; readonly user_id?: unknown };
  readonly players_list: { readonly players: readonly (string | { readonly name: string; readonly id?: unknown })[] };
  readonly chat: { readonly user: string; readonly message: string };
  readonly settings_changed: { readonly kind?: unknown; readonly actor?: unknown; readonly target?: unknown };
  readonly info: { readonly message?: string; readonly kind?: unknown };
  readonly warning: { readonly message?: string; readonly kind?: unknown; readonly signs?: HangSigns };
  readonly critical: { readonly message?: string; readonly kind?: unknown };
  readonly fatal_error: { readonly message?: string; readonly kind?: unknown };
  readonly preparing: { readonly funpack: string; readonly port?: number; readonly port_was?: number };
  readonly restored: { readonly world: string };
  readonly launched: { readonly pid?: number; readonly port?: number; readonly ports?: NamedPorts };
  readonly start_failed: {
    readonly code: string | number;
    readonly message?: string;
    readonly last_lines?: readonly string[];
  };
  readonly silent: {
    readonly how?: string;
    readonly signs?: HangSigns;
    readonly threads?: readonly string[];
    readonly last_lines: readonly string[];
  };
  readonly crashed: GameExit & MemoryEnd & {
    readonly stacks?: readonly string[];
    readonly last_lines: readonly string[];
    readonly restart_in_ms: number;
  };
  readonly crash_loop: GameExit & MemoryEnd & { readonly last_lines: readonly string[] };
  /** `took_ms`: from its turn until it was written. Absent where an older version wrote it. */
  readonly backed_up: BackupResult & { readonly took_ms?: number };
  readonly backup_failed: { readonly code: string; readonly message: string };
  readonly stopped: Partial<GameExit> & { readonly backup?: string; readonly restarting?: boolean };
  readonly events_lost: {
    readonly lost_run: string;
    readonly from: number;
    readonly to: number;
    readonly bytes: number;
    readonly because: string;
    readonly count?: number;
    readonly unsure?: unknown;
  };
}

/**
 * The JSON in `server:events`: a union by `type`, so that a `switch` over it knows the fields. `id` is
 * `<serverId>:<runId>:<byte offset>`, where the offset is that of the line's start in the console, or
 * `…:j<byte offset>` for a line of the worker's journal. The second event of one line has `.1` behind its offset, the
 * third `.2`, and so on. `ts` is ISO 8601. Versions after this one may add types:
 * ignore what you do not know.
 */
export type ServerEventMessage = {
  readonly [Type in GameEventType | WorkerEventType]: AnyServerEvent & { readonly type: Type } & FieldsOf<Type>;
}[GameEventType | WorkerEventType];

type FieldsOf<Type> = Type extends keyof ServerEventFields ? ServerEventFields[Type] : unknown;

/** The fields of every event. */
export interface AnyServerEvent {
  readonly event: 'server_event';
  readonly server_id: string;
  readonly pinky_id: string;
  readonly ts: string;
  readonly id: string;
  readonly [field: string]: unknown;
}
