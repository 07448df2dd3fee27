import type { Logger, LogLevel } from '@pinky/protocol/base';
import type { LogFormat } from './format.js';
import type { Rotation } from './rotation.js';

/** How a process logs. */
export interface LoggerOptions {
  /**
   * A file, `-` for standard output, or nothing for standard error (ServerEngine's `log`). Its directory must exist.
   */
  readonly path?: string | undefined;
  /** Lowest level that is written: a name or ServerEngine's number. Default `debug`. Bad: `bad_option`. */
  readonly level?: string | number | null;
  /** `line` (default), `json`, or a function of your own. */
  readonly format?: 'line' | 'json' | LogFormat;
  /** See `Rotation.sizeBytes`. Default 1 048 576. */
  readonly rotateSizeBytes?: number;
  /** See `Rotation.generations`. Default 5. */
  readonly rotateGenerations?: Rotation['generations'];
  /** Rights of a new file, before the umask. Default 0o666. */
  readonly mode?: number;
  /** First line of every new file. Default none. */
  readonly header?: () => string;
  /** Fields that every record of this process carries, such as its role. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Whether what the process prints goes to the log too (ServerEngine's `log_stdout`, `log_stderr`). Default false. */
  readonly hookStdout?: boolean;
  readonly hookStderr?: boolean;
  /** Wall clock, milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

/** What can be changed while a process runs (on USR2). */
export interface LoggerChange {
  readonly path?: string | undefined;
  readonly level?: LoggerOptions['level'];
}

/** A logger that owns its file. None of its methods throws, but `configure`. */
export type ProcessLogger = Logger & {
  /** The lowest level that is written now. */
  readonly level: LogLevel;
  isEnabled(level: LogLevel): boolean;
  /** Appends text as it is, whatever the level (Ruby's `<<`). */
  append(text: string): void;
  /** Follows a file that was renamed from outside (USR2). */
  reopen(): void;
  /** New path or level; a bad one throws and changes nothing. A key that is not given stays as it is. */
  configure(change: LoggerChange): void;
  /** Undoes the hooks and closes the file. May be called twice. */
  close(): Promise<void>;
};
