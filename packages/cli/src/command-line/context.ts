import type { EventEmitter } from 'node:events';
import type { Clock } from '@pinky/protocol';
import type { Output, Streams } from '../terminal/output.js';

/** Everything that a command may use of the world around it. */
export interface Context {
  readonly home: string;
  /** `--config`, absolute. */
  readonly configFile: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly out: Output;
  readonly clock: Clock;
  /** Fires on Ctrl-C (and TERM, HUP): commands that wait or follow end then. */
  readonly signal: AbortSignal;
  /** The same signals by name, for `up`, which passes them on: the process itself. */
  readonly signals: Pick<EventEmitter, 'on' | 'once' | 'off'>;
}

/** What a test or bin/pinky hands in. */
export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly signals: Pick<EventEmitter, 'on' | 'once' | 'off'>;
}

/** Options as commander read them: flags without a value are true. */
export type Flags = Readonly<Record<string, unknown>>;

/** One command's work. Resolves with its exit code; nothing means 0. Throws `PinkyError`. */
export type Action = (context: Context, args: readonly string[], flags: Flags) => Promise<number | void>;

export const textFlag = (flags: Flags, name: string): string | undefined =>
  typeof flags[name] === 'string' ? flags[name] : undefined;
export const isSet = (flags: Flags, name: string): boolean => flags[name] === true;
export const listFlag = (flags: Flags, name: string): readonly string[] =>
  Array.isArray(flags[name]) ? flags[name].map(String) : [];
