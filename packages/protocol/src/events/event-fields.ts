import type { BackupResult, NamedPaths } from '../commands/commands.js';
import type { NamedPorts } from '../funpack/manifest.js';
import type { PublishedSigns, WarningFields } from './warnings.js';

/** The exit of a game: a code or a signal, and both in words. */
interface GameExit {
  readonly code?: number;
  readonly signal?: string;
  readonly how: string;
  /** It could not be launched, so there was no game. */
  readonly neverRan?: boolean;
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

/** A player, with the game's own number: of the type that the game wrote first, in every event of the player. */
interface PlayerFields {
  readonly user: string;
  readonly user_id?: string | number;
}

/** Why Pinky noted what no line of the game said. */
interface Because {
  readonly because?: string;
}

/** A message of a game, for people. */
interface GameMessage {
  readonly message?: string;
  /** The game says it: a text as a rule. */
  readonly kind?: unknown;
}

/** The fields of each event, besides those that every event has. A game may send more with its own. */
export interface ServerEventFields<GameKind extends string = never> {
  readonly started: object;
  readonly stopping: object;
  readonly player_connected: PlayerFields & Because;
  readonly player_disconnected: PlayerFields & Because;
  readonly player_renamed: PlayerFields & Because & { readonly old_user: string };
  readonly players_list: { readonly players: readonly (string | { readonly name: string; readonly id?: unknown })[] };
  readonly chat: PlayerFields & { readonly message: string };
  /** A game says `kind`, `actor`, `target`, `add` and `remove` as it likes. `because`: Pinky has told it the value. */
  readonly settings_changed: Because & {
    readonly setting?: string;
    readonly value?: unknown;
    readonly add?: unknown;
    readonly remove?: unknown;
    readonly kind?: unknown;
    readonly actor?: unknown;
    readonly target?: unknown;
  };
  readonly info: GameMessage;
  readonly warning: WarningFields<GameKind>;
  readonly critical: GameMessage;
  readonly fatal_error: GameMessage;
  readonly preparing: { readonly funpack: string; readonly port?: number; readonly port_was?: number };
  readonly restored: {
    readonly world: string;
    readonly stripped?: NamedPaths;
    readonly skipped?: NamedPaths;
    readonly parked?: true;
  };
  readonly launched: { readonly pid: number; readonly port: number; readonly ports?: NamedPorts };
  readonly start_failed: {
    readonly code: string;
    readonly message: string;
    readonly how?: string;
    readonly signal?: string;
    readonly step?: string;
    readonly last_lines?: readonly string[];
  };
  readonly silent: {
    readonly how?: string;
    readonly signs?: PublishedSigns;
    readonly threads?: readonly string[];
    readonly last_lines: readonly string[];
  };
  readonly crashed: GameExit & MemoryEnd & {
    /** The stacks that a game which hung has told. */
    readonly stacks?: readonly string[];
    readonly last_lines: readonly string[];
    readonly restart_in_ms: number;
  };
  readonly crash_loop: GameExit & MemoryEnd & {
    readonly stacks?: readonly string[];
    readonly last_lines: readonly string[];
  };
  /** `took_ms`: from its turn until it was written. Absent where an older version wrote it. */
  readonly backed_up: BackupResult & { readonly took_ms?: number };
  readonly backup_failed: { readonly code: string; readonly message: string };
  readonly stopped: Partial<GameExit> & MemoryEnd & Because & {
    /** The last thing that it was asked with: `command` for its stop command, or a signal. */
    readonly step?: string;
    readonly backup?: string;
    readonly parked?: string;
    readonly discarded?: true;
    readonly restarting?: true;
    readonly restart_in_ms?: number;
  };
  readonly events_lost: {
    readonly lost_run: string;
    readonly from: number;
    readonly to: number;
    readonly bytes: number;
    readonly because: string;
    readonly count?: number;
    readonly unsure?: number;
  };
}
