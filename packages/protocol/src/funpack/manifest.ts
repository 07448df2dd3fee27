/** One setting that a funpack offers (funpack.json `schema`). */
export interface SettingSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'enum' | 'list';
  readonly default?: unknown;
  /** The choices of an `enum`. */
  readonly values?: readonly (string | number)[];
  readonly min?: number;
  readonly max?: number;
  /** What people read. */
  readonly label?: string;
}

/**
 * One step of a dialogue with the game: write a line to its stdin; wait for a console line that matches a regular
 * expression (goes on after `timeoutMs`, default 30 000); or send a signal to its process group.
 */
export type DialogueStep =
  | { readonly send: string }
  | { readonly waitFor: string; readonly timeoutMs?: number }
  | { readonly signal: string };

/** A rung of the ladder towards the game: signal its whole process group, then wait, milliseconds. */
export interface LadderRung {
  readonly signal: string;
  readonly waitMs: number;
}

/** A console line that is an event: named groups of the pattern become fields (`user`, `message`, `id`, …). */
export interface ConsoleRule {
  readonly pattern: string;
  readonly event: string;
  /** Fields that the event always has. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * What parts the names in the group `players` of a `players_list`: a regular expression. Default: commas, or else
   * white space.
   */
  readonly separator?: string;
}

/** A file that is written into `working/` before each start: from a template in the funpack, or from `content`. */
export interface ConfigFile {
  readonly path: string;
  readonly template?: string;
  readonly content?: string;
}

/**
 * funpack.json (DESIGN §8). Texts of `run`, `env`, `files`, `commands`, `stop` may hold the placeholders `{port}`,
 * `{serverId}`, `{ram.min}`, `{ram.max}`, `{settings.NAME}`, `{workingDir}`, `{sharedDir}`, `{funpackDir}`, `{home}`;
 * in `commands` also `{user}`, `{message}`, `{id}` (what the console rule of `player_connected` captured as `id`).
 */
export interface FunpackManifest {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly schema?: Readonly<Record<string, SettingSchema>>;
  /** From launch to `started`. Default 120 000. */
  readonly startTimeoutMs?: number;
  /** Longest silence of the console; absent: any. */
  readonly silenceTimeoutMs?: number;
  /** Whether the world outlives a stop: it is backed up then. Default false. */
  readonly persistent?: boolean;
  /** The game wants a terminal: it gets one from script(1). Default false. */
  readonly tty?: boolean;
  /** Paths inside `working/` (default: all of it); `before` is said to the running game first, such as a save. */
  readonly backup?: {
    readonly paths?: readonly string[];
    readonly exclude?: readonly string[];
    readonly intervalMs?: number;
    readonly before?: readonly DialogueStep[];
  };
  /** What makes the game stop by itself. Default `[{ "send": "stop" }]`. */
  readonly stop?: readonly DialogueStep[];
  /** How long the game may take after `stop` before the ladder. Default 30 000 (seed 000). */
  readonly stopTimeoutMs?: number;
  /** Default TERM 10 s, QUIT 5 s, KILL. KILL is always the last rung. */
  readonly ladder?: readonly LadderRung[];
  /** Programs that must be on the machine, and the Debian package that brings each: for `pinky doctor`. */
  readonly requires?: readonly { readonly program: string; readonly package?: string }[];
  /**
   * The declarative form: a command line instead of bin/run; with `ifExists` (a path in working/) the first that
   * applies.
   */
  readonly run?: readonly string[] | readonly { readonly ifExists?: string; readonly command: readonly string[] }[];
  readonly env?: Readonly<Record<string, string>>;
  readonly files?: readonly ConfigFile[];
  /** Removed from each line before the rules: a regular expression, all matches. */
  readonly strip?: string;
  readonly console?: readonly ConsoleRule[];
  readonly commands?: {
    readonly say?: string;
    readonly tell?: string;
    readonly kick?: string;
    readonly list?: string;
  };
}
