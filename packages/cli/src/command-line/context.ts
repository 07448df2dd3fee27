import type { EventEmitter } from 'node:events';
import type { Clock } from '@pinky/protocol';
import type { Output, Streams } from '../terminal/output.js';

/** Everything that a command may use from outside. */
export interface Context {
  readonly home: string;
  /** `--config` as an absolute path. */
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** Relative paths mean nothing in a working directory that was removed: `no_directory`. */
  readonly cwd: string;
  readonly out: Output;
  readonly clock: Clock;
  /** Aborts on Ctrl-C, TERM and HUP. Commands that wait or follow end then. */
  readonly signal: AbortSignal;
  /** The process itself, for `up`, which passes the same signals on by their names. */
  readonly signals: Pick<EventEmitter, 'on' | 'once' | 'off'>;
}

/** The things that one call of the command is given from outside, by bin/pinky or by a test. */
export interface Invocation {
  readonly env: NodeJS.ProcessEnv;
  /** Undefined where the working directory was removed. */
  readonly cwd: string | undefined;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly signals: Pick<EventEmitter, 'on' | 'once' | 'off'>;
}

/** Options as commander read them. A flag without a value is true. */
export type Flags = Readonly<Record<string, unknown>>;

/** Runs one command and resolves with its exit code; undefined means 0. Throws `PinkyError`. */
export type Action = (context: Context, args: readonly string[], flags: Flags) => Promise<number | void>;

export const textFlag = (flags: Flags, name: string): string | undefined =>
  typeof flags[name] === 'string' ? flags[name] : undefined;
export const isSet = (flags: Flags, name: string): boolean => flags[name] === true;
export const listFlag = (flags: Flags, name: string): readonly string[] =>
  Array.isArray(flags[name]) ? flags[name].map(String) : [];

/** The same context, but for its signal. Does not ask for the working directory, as a copy would. */
export const withSignal = (context: Context, signal: AbortSignal): Context =>
  // The cast holds: everything else is the context's own.
  Object.create(context, { signal: { value: signal } }) as Context;
