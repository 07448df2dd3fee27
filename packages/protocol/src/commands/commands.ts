import type { ErrorAnswer } from '../errors.js';
import type { NamedPorts } from '../funpack/manifest.js';
/** Every command. `console` is one raw line to the game's stdin, which `pinky attach` uses. */
export const commandNames = [
  'start',
  'stop',
  'restart',
  'kill',
  'tell',
  'broadcast',
  'kick',
  'list',
  'backup',
  'console',
  'rm',
] as const;
export type CommandName = (typeof commandNames)[number];

export const isCommandName = (name: unknown): name is CommandName => commandNames.some((known) => known === name);

/**
 * Where a funpack or world comes from: a folder, or a `file:`, `http:` or `https:` address. `sha256` is lower-case hex.
 */
export interface Source {
  readonly url: string;
  readonly sha256?: string;
}

/** A source of which the publisher may have told only the MD5: lower-case hex. SHA-256 is the better proof. */
export interface FetchSource extends Source {
  readonly md5?: string;
}

/**
 * The data of `start` in Pinky's own spelling, complete and checked. Producers write `StartData`, which
 * `@pinky/protocol/schemas` reads.
 */
export interface StartOrder {
  readonly serverId: string;
  readonly funpack: Source;
  readonly funpackId?: string;
  /** Megabytes. */
  readonly ram: { readonly min: number; readonly max: number };
  /** Somebody gave it: the game may get no more. Absent: it is only what games are told usually. */
  readonly isRamGiven?: boolean;
  /** A source to restore from, or `'new'` for a fresh world. Absent: the server's newest backup, where there is one. */
  readonly world?: Source | 'new';
  readonly settings: Readonly<Record<string, unknown>>;
  /**
   * The names of the settings that somebody has just given. The funpack must know these. Others were there before, and
   * perhaps before this version of the funpack.
   */
  readonly given?: readonly string[];
  /** The revision of the definition that this start applies. Absent where an older version wrote it. */
  readonly revision?: number;
  /** The port that the server had last, or is to have. */
  readonly port?: number;
  /** The server has this port or none. */
  readonly isPortFixed?: boolean;
  /** The server's own rules about exits that nobody asked for (`exitRulesFrom`). They come before its funpack's. */
  readonly onExit?: string;
  /** Nobody has just asked for it: the server was wanted up before. A wish of somebody comes first. */
  readonly isComingBack?: boolean;
}

/** The commands that somebody outside may ask for. The rest is said by the queue. */
type Askable = Omit<StartOrder, 'serverId' | 'revision' | 'given' | 'isPortFixed' | 'isRamGiven' | 'isComingBack'>;

/** The data of `start` as it comes from outside: whatever it leaves out is in the server's definition. */
export interface StartRequest extends Partial<Askable> {
  readonly serverId: string;
}

export type CommandData =
  | { readonly name: 'start'; readonly data: StartOrder }
  | { readonly name: 'stop'; readonly data: StopData }
  | { readonly name: 'backup'; readonly data: BackupData }
  | { readonly name: 'list'; readonly data: { readonly serverId: string } }
  /** `start` is what the server is to run from now on. Without it, it runs what it ran before. */
  | { readonly name: 'restart'; readonly data: { readonly serverId: string; readonly start?: StartOrder } }
  | { readonly name: 'rm'; readonly data: RemoveData }
  | { readonly name: 'tell' | 'kick'; readonly data: ToPlayerData }
  | { readonly name: 'broadcast'; readonly data: { readonly serverId: string; readonly message: string } }
  | { readonly name: 'console'; readonly data: { readonly serverId: string; readonly line: string } };

/** The data of `tell` and `kick`. */
export interface ToPlayerData {
  readonly serverId: string;
  /** The player's name, or the `userId` where no name was given. */
  readonly user: string;
  /** The game's own number of the player, as events have it in `user_id`; some producers have a name here. */
  readonly userId?: string;
  readonly message: string;
}

/** The data of `stop`. */
export interface StopData {
  readonly serverId: string;
  /** The world goes with the stop: no final backup is written, and nothing is set aside. */
  readonly discard?: boolean;
  /** QUIT and KILL at once, without a word to the game. The queue writes it for `kill`. */
  readonly kill?: true;
}

/** The data of `backup`. */
export interface BackupData {
  readonly serverId: string;
  /**
   * Everything in the server's folder, whatever its funpack selects, without its bin/import and without a word to the
   * game; also of a world with which the game was never up.
   */
  readonly force?: boolean;
}

/** The data of `rm`. */
export interface RemoveData {
  readonly serverId: string;
  /** Its backups go too. */
  readonly withBackups?: boolean;
  /** A world that no backup holds goes too. */
  readonly discard?: boolean;
}

/** A command as it comes from outside, checked. */
export type RequestedCommand =
  | Exclude<CommandData, { readonly name: 'start' }>
  /** Goes to the worker as a `stop`: one of an older version, which does not know better, then asks the game first. */
  | { readonly name: 'kill'; readonly data: { readonly serverId: string } }
  | { readonly name: 'start'; readonly data: StartRequest };

/**
 * A command on its way to a worker. `id` names it for ever: a known one gets its recorded answer and is not run again.
 * `deadlineMs` is how long the sender waits from now, in milliseconds.
 */
export type Command = CommandData & { readonly id: string; readonly deadlineMs: number };

/**
 * How long a command may take before its sender gets `deadline_exceeded`, milliseconds. A start may download gigabytes.
 */
export const commandDeadlineMs: Readonly<Record<CommandName, number>> = {
  start: 30 * 60_000,
  stop: 20 * 60_000,
  restart: 45 * 60_000,
  kill: 20 * 60_000,
  backup: 20 * 60_000,
  tell: 10_000,
  broadcast: 10_000,
  kick: 10_000,
  list: 10_000,
  console: 10_000,
  rm: 5 * 60_000,
};

/** The answer of a command that went well, which is the return value of the BullMQ job. */
export interface CommandResult {
  readonly serverId: string;
  /** The server's state at the time of the answer. */
  readonly state: string;
  /** True where nothing had to be done. */
  readonly already?: boolean;
  readonly port?: number;
  /** The other ports that its funpack names. */
  readonly ports?: NamedPorts;
  readonly pid?: number;
  /** The port that the server had before, where it could not have that one again. */
  readonly portWas?: number;
  /** The server is up, and its definition was changed since: the change applies at its next start. */
  readonly appliesAtNextStart?: boolean;
  /** The names of settings that were changed and hold at once, because the game was told. */
  readonly live?: readonly string[];
  /** Why the game did not take others at once, by their names. They hold from its next start. */
  readonly refused?: Readonly<Record<string, Pick<ErrorAnswer, 'code' | 'message'>>>;
  /**
   * For `tell`, `broadcast`, `kick` and `console`: whether the game has confirmed it, or it is only known that it was
   * passed on. Absent in answers of older versions.
   */
  readonly delivery?: 'passed_on' | 'confirmed';
  /** For the same commands: what the game replied, where orders do not go over its stdin. The first 100 lines. */
  readonly reply?: readonly string[];
  /** For `list`: the players who are connected. */
  readonly players?: readonly string[];
  /**
   * For `backup` and `stop`: what was written. A `backup` of a stopped server names an older backup, and only its
   * address.
   */
  readonly backup?: BackupResult | Pick<BackupResult, 'url'>;
  /** For `stop`: how the game ended. Absent if none was running. */
  readonly ended?: GameEnd;
  /** For `stop`: where the world is parked. The next start goes on with it. */
  readonly parked?: string;
  /** For `stop`: why there is no final backup of the world, which is parked all the same. */
  readonly backupFailed?: Pick<ErrorAnswer, 'code' | 'message'>;
}

/** The end of a game: its exit code or the signal that ended it, and the step of the stop that it obeyed. */
export interface GameEnd {
  readonly code?: number;
  readonly signal?: string;
  /** Both in words. */
  readonly how: string;
  /** The last thing that it was asked with: `command` for its stop command, or a signal. */
  readonly step?: string;
}

/** Paths that something is told of: how many, the first 20 of them, and how often each reason came. */
export interface NamedPaths {
  readonly count: number;
  readonly names: readonly string[];
  readonly because?: Readonly<Record<string, number>>;
}

/** The things that a backup lacks. Each part is absent where there is nothing to tell. */
export interface BackupGaps {
  /** Files that changed while they were read, also at a second try. The archive has them as they were read then. */
  readonly changed?: NamedPaths;
  /** Files that were gone when their turn came. */
  readonly vanished?: NamedPaths;
  /** Things that no backup holds: links that lead out, sockets, FIFOs, devices, attributes that give rights. */
  readonly left_out?: NamedPaths;
  /** A part of the world may be missing, so a stop keeps the world's folder. */
  readonly incomplete?: true;
}

/** One archive that was written: its address, its size in bytes, and its SHA-256 in lower-case hex. */
export interface BackupResult extends BackupGaps {
  readonly url: string;
  readonly size: number;
  readonly sha256: string;
  /** Absent where an older version wrote it, which wrote full ones only. */
  readonly kind?: 'full' | 'incremental';
  /** The archive's name of the full backup that this increment needs. */
  readonly base?: string;
  /** Nothing was written, because the world is as this older backup has it. */
  readonly isUnchanged?: true;
  /** The game was ended by force, or nobody saw how it ended: what it saved last may be torn. */
  readonly isUnclean?: true;
}
