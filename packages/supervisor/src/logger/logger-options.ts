import type { Logger, LogLevel } from '@pinky/protocol/base';
import type { LogFormat } from './format.js';
import type { Rotation } from './rotation.js';

/** How a process logs. */
export interface LoggerOptions {
  /** A file whose directory exists, `-` for standard output, or nothing for standard error (ServerEngine's `log`). */
  readonly path?: string | undefined;
  /** The lowest level that is written: a name or ServerEngine's number. Default `debug`. A bad one: `bad_option`. */
  readonly level?: string | number | null;
  /** `line` (default), `json`, or a function of your own. */
  readonly format?: 'line' | 'json' | LogFormat;
  /** See `Rotation.sizeBytes`. Default 1 048 576. */
  readonly rotateSizeBytes?: number;
  /** See `Rotation.generations`. Default 5. */
  readonly rotateGenerations?: Rotation['generations'];
  /** Rights of a new file, before the umask. Default 0o666. */
  readonly mode?: number;
  /** First line of every new file. Default: none. */
  readonly header?: () => string;
  /** Fields for every record of this process, such as its role. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Whether the process's output goes to the log too (ServerEngine's `log_stdout`, `log_stderr`). Default false. */
  readonly hookStdout?: boolean;
  readonly hookStderr?: boolean;
  /** The wall clock, milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** The options that can change while a process runs (on USR2). */
export interface LoggerChange {
  readonly path?: string | undefined;
  readonly level?: LoggerOptions['level'];
}

/** A logger that owns its file. Only `configure` may throw. */
export type ProcessLogger = Logger & {
  /** The lowest level that is written at present. */
  readonly level: LogLevel;
  isEnabled(level: LogLevel): boolean;
  /** Appends text unchanged, at every level (Ruby's `<<`). */
  append(text: string): void;
  /** Follows a file that was renamed from outside (USR2). */
  reopen(): void;
  /** Changes path or level. A bad one throws and changes nothing. A key that is not given stays as it is. */
  configure(change: LoggerChange): void;
  /** Undoes the hooks and closes the file. May be called twice. */
  close(): Promise<void>;
};
