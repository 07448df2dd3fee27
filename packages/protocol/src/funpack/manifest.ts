import type { OnExit } from './exit-rules.js';
import type { Escape, OrderName, Orders, Template } from './order-rules.js';

/** One choice of an `enum`: its value, or its value and what people read. */
export type SettingChoice = string | number | { readonly value: string | number; readonly label?: string };

/** One setting that a funpack offers (funpack.json `schema`). */
export interface SettingSchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'enum' | 'list';
  readonly default?: unknown;
  /** The choices of an `enum`. */
  readonly values?: readonly SettingChoice[];
  readonly min?: number;
  readonly max?: number;
  /** A regular expression that the text, or each item of the list, must match. An empty text is checked too. */
  readonly pattern?: string;
  /** A start without a value for it fails. Default false. */
  readonly required?: boolean;
  /** It keeps its default: a start that gives another value fails. Default false. */
  readonly readonly?: boolean;
  /** Its value is for the game only: it is never shown or logged. Default false. */
  readonly secret?: boolean;
  /**
   * How a game that is up is told a new value: by this line, in which `{value}` stands for it, or, with `true`, by the
   * order `set` in the form of `orders`. Absent: the next start applies it.
   */
  readonly live?: true | Template;
  /** The name for people. */
  readonly label?: string;
  /** A sentence or two for people. */
  readonly description?: string;
}

/** The value of a choice, without its label. */
export const choiceValue = (choice: SettingChoice): string | number =>
  (typeof choice === 'object' ? choice.value : choice);

/**
 * One step of a dialogue with the game. `send` writes a line to its stdin. `waitFor` waits for a console line that
 * matches a regular expression, and goes on after `timeoutMs` (default 30 000). `signal` goes to its process group.
 */
export type DialogueStep =
  | { readonly send: string }
  | { readonly waitFor: string; readonly timeoutMs?: number }
  | { readonly signal: string };

/** A rung of the ladder towards the game: signal its whole process group, then wait. Milliseconds. */
export interface LadderRung {
  readonly signal: string;
  readonly waitMs: number;
}

/** A console line that is an event. Named groups of the pattern become fields (`user`, `message`, `id`, …). */
export interface ConsoleRule {
  readonly pattern: string;
  readonly event: string;
  /** Fields that the event always has. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /**
   * A regular expression that separates the names in the group `players` of a `players_list`. Default: commas, or else
   * white space.
   */
  readonly separator?: string;
  /**
   * The unit of the lengths in `.{NAME}`, which stands for as many characters as the group `NAME` before it says.
   * Default `bytes`.
   */
  readonly lengths?: 'bytes' | 'characters';
}

/**
 * A question that is said to the game again and again, and the table of players that it prints: from a line that
 * matches `from`, rows with the groups `user` and perhaps `id`, to a line that matches `to`, or to the first that is no
 * row.
 */
export interface Poll {
  /** From one question to the next, milliseconds. */
  readonly every: number;
  readonly send: string | readonly string[];
  /** A list: lines that come right after one another. */
  readonly from: string | readonly string[];
  readonly row: string;
  readonly to?: string;
}

/** How a game that is up is asked by its own protocol. */
export interface Query {
  /** The game, as gamedig names it. */
  readonly type: string;
  /** A port of this machine, or a text that becomes one. Default: the server's own. */
  readonly port?: number | string;
  /** From one question to the next, milliseconds. Default 60 000. */
  readonly every?: number;
  /** The answer says who plays, because the console does not. Default false. */
  readonly players?: boolean;
}

/** The reaction to a hang, and how the game tells what it does. */
export interface Hang {
  /** From this silence on, queries and the use of the processor decide. Milliseconds. Default 180 000. */
  readonly silenceMs?: number;
  /** `warn`: it is told of, and nothing else. Default `restart`. */
  readonly do?: 'restart' | 'warn';
  /** A dialogue that has the game print its stacks, before it is ended. */
  readonly stacks?: readonly DialogueStep[];
}

/** The formats of files that `files[].set` can change. `file` goes by the beginnings of lines. */
export const fileParsers = ['properties', 'ini', 'json', 'yaml', 'xml', 'toml', 'file'] as const;
export type FileParser = (typeof fileParsers)[number];

/** The new value of a place in a file. A text may have placeholders. */
export type SetValue = string | number | boolean;

/**
 * A file in `working/` that is written before each start, from a template in the funpack or from `content`. With `set`
 * only these places of it change; then a file that is not there yet begins with the template or `content`, or empty.
 */
export interface ConfigFile {
  readonly path: string;
  readonly template?: string;
  readonly content?: string;
  /** Default: by the ending of the path. */
  readonly parser?: FileParser;
  /**
   * The new values, by their places. An object instead of a value has the values that may be there now, or `regex:`
   * and an expression, and what each becomes; any other value stays.
   */
  readonly set?: Readonly<Record<string, SetValue | Readonly<Record<string, SetValue>>>>;
  /** The file is left alone unless this setting is set. */
  readonly ifSet?: string;
}

/** The terminal of a game. */
export interface Terminal {
  /** `TERM` in the game's environment. Default: none. */
  readonly term?: string;
  readonly columns?: number;
  readonly rows?: number;
}

/** A port of the game beside the one that every server has. */
export interface PortSpec {
  /** Default: both. */
  readonly protocol?: 'tcp' | 'udp';
  /** This far above the server's own port. Absent: the next port that nobody has. */
  readonly offset?: number;
}

/** The named ports of a server, by their names in funpack.json. */
export type NamedPorts = Readonly<Record<string, number>>;

/** A program that must be there, and the Debian package that brings it. */
export interface RequiredProgram {
  readonly program: string;
  readonly package?: string;
}

/** A script that brings the game's files, once for each server and content of the funpack. */
export interface InstallStep {
  /** A path in the funpack. */
  readonly script: string;
  /** The program that reads the script. Default `sh`. */
  readonly shell?: string;
  /** How long the script may take, milliseconds. Default 1 hour. */
  readonly timeoutMs?: number;
  /** Programs that the script needs. Those that the machine lacks are installed for the script alone. */
  readonly requires?: readonly RequiredProgram[];
  /** A script that did not end well goes on in the folder that it left. Default: it begins anew, in an empty one. */
  readonly resume?: boolean;
}

/** A part of a command line: one argument, or arguments that are only there if a setting is set. */
export type RunPart = string | { readonly ifSet: string; readonly args: readonly string[] };

/**
 * funpack.json, as docs/funpacks.md explains it. The texts of `run`, `env`, `files`, `commands` and `stop` may hold the
 * placeholders `{port}`, `{ports.NAME}`, `{newest.NAME}`, `{serverId}`, `{ram.min}`, `{ram.max}`, `{settings.NAME}`,
 * `{workingDir}`, `{sharedDir}`, `{funpackDir}` and `{home}`. Those of `commands` may also hold `{user}`, `{message}`
 * and `{id}`: the number that the console rule of `player_connected` captured as `id`.
 */
export interface FunpackManifest {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  readonly schema?: Readonly<Record<string, SettingSchema>>;
  /** The time from launch to `started`. Default 120 000. */
  readonly startTimeoutMs?: number;
  /** How long the console may be silent, where that alone shows a hang. Absent: for ever. */
  readonly silenceTimeoutMs?: number;
  readonly hang?: Hang;
  /** Whether the world outlives a stop, which then backs it up. Default false. */
  readonly persistent?: boolean;
  /** Whether the game wants a terminal, which script(1) gives it, and what that is like. Default false. */
  readonly tty?: boolean | Terminal;
  /**
   * Paths inside `working/` (default: all of it). `before` and `after` are dialogues with the running game, such as a
   * save; `after` is said also where the backup failed.
   */
  readonly backup?: {
    readonly paths?: readonly string[];
    readonly exclude?: readonly string[];
    readonly intervalMs?: number;
    readonly before?: readonly DialogueStep[];
    readonly after?: readonly DialogueStep[];
  };
  /** The dialogue that makes the game stop by itself. Default `[{ "send": "stop" }]`. */
  readonly stop?: readonly DialogueStep[];
  /** How long the game may take after `stop` before the ladder begins. Default 30 000. */
  readonly stopTimeoutMs?: number;
  /** The reaction to an exit that nobody asked for. Default: `stop` if it is announced and with 0, else `restart`. */
  readonly onExit?: OnExit;
  /** Default TERM 10 s, QUIT 5 s, KILL. KILL is always the last rung. */
  readonly ladder?: readonly LadderRung[];
  /** Programs that must be on the machine, and the Debian package of each, for `pinky doctor`. */
  readonly requires?: readonly RequiredProgram[];
  readonly install?: InstallStep;
  /**
   * The declarative form: a command line instead of bin/run. With `ifExists` (a path in working/) the first one that
   * applies is used.
   */
  readonly run?: readonly RunPart[] | readonly { readonly ifExists?: string; readonly command: readonly RunPart[] }[];
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Patterns of files in `working/`, by names. `{newest.NAME}` is the path of the one that was written last, and empty
   * if there is none.
   */
  readonly newest?: Readonly<Record<string, string>>;
  /** The ports that the game needs beside its own, by their names. Each is `{ports.NAME}` in a text. */
  readonly ports?: Readonly<Record<string, PortSpec>>;
  /** False: the game has no port to listen on, so nobody looks whether it does. Default true. */
  readonly listens?: boolean;
  readonly files?: readonly ConfigFile[];
  /** The user of the machine that an isolated game runs as, if `users.allowed` in pinky.yml lists it. */
  readonly runAs?: string;
  /** A regular expression. All its matches are removed from each line before the rules see it. */
  readonly strip?: string;
  readonly console?: readonly ConsoleRule[];
  /** How the game is asked for its players, if its console does not tell who comes and goes. */
  readonly poll?: Poll;
  readonly query?: Query;
  /** The name of the encoding of console and stdin, such as `gbk`. Default `utf-8`. */
  readonly encoding?: string;
  /** Escape sequences for terminals are removed from each line before it is read, unless a rule looks for them. */
  readonly ansi?: 'strip' | 'keep';
  /** Whether lines of JSON and `key=value` are events. Default: in the program form. */
  readonly eventLines?: boolean;
  readonly commands?: { readonly [order in OrderName]?: Template };
  /** How the game reads the text of an order, where its template does not say. */
  readonly escape?: Escape;
  /** The form of orders without a template, or the way on which orders reach the game. Default: text on its stdin. */
  readonly orders?: Orders;
  /** A dialogue with the game once it has said `started`. */
  readonly afterStarted?: readonly DialogueStep[];
  /** The orders that the game knows. Default: all in the program form, those with a template in the declarative one. */
  readonly supports?: readonly OrderName[];
}
