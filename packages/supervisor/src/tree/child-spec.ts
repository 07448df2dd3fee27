import type { ChildProcess } from 'node:child_process';
import { defaultLadderOptions, type LadderOptions } from '../terminate/ladder.js';
import { defaultRestart, type RestartOptions } from '../restart/restart-policy.js';
import { plainExitCodes, type ExitCodes } from '../restart/exit-meaning.js';

/** One child of a tree: what to run, how to watch it, how to end it, when to start it again. */
export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. Default: the parent's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A session of its own: the child outlives its parent and gets no signals from its terminal. Default false. */
  readonly isDetached: boolean;
  /** Gives the child a heartbeat pipe on fd 3, and names it in `HEARTBEAT_FD`. Default false. */
  readonly hasHeartbeat: boolean;
  /**
   * Where stdout and stderr go: they are appended to a file, go where the parent's go, or reach the parent in whole
   * lines. Default: nowhere.
   */
  readonly output?: { readonly file: string } | { readonly onText: (text: string) => void } | 'inherit';
  /** Gives the child Node's message channel to its parent (`process.send`). It ends with either. Default false. */
  readonly hasChannel?: boolean;
  /** Called with each new process, before it has run. */
  readonly onSpawned?: (child: ChildProcess) => void;
  /** How it is stopped. */
  readonly ladder: LadderOptions;
  /**
   * How it is ended when its heartbeats stop, even if it was asked to leave before. Default: `ladder`, or the request's
   * own.
   */
  readonly stalledLadder?: LadderOptions;
  readonly restart: RestartOptions;
  readonly exitCodes: ExitCodes;
  /** Asked before each restart and each replacement, but not before a start on request. Default: always wanted. */
  readonly isWanted?: () => boolean;
}

export type ChildOptions = Pick<ChildSpec, 'command'> & Partial<ChildSpec>;

/** Fills in the defaults. */
export const childSpec = (options: ChildOptions): ChildSpec => ({
  args: [],
  isDetached: false,
  hasHeartbeat: false,
  ladder: defaultLadderOptions,
  restart: defaultRestart,
  exitCodes: plainExitCodes,
  ...options,
});

export interface NodeProgram {
  readonly file: string;
  readonly args?: readonly string[];
  /** Options of Node itself, such as `--max-semi-space-size=1`. */
  readonly nodeOptions?: readonly string[];
  /** The most bytes that `process.title` will need. Linux keeps a title in the space of the original command line. */
  readonly titleLength?: number;
}

/** Command and arguments of a Node program. The last argument is padding that makes room for the title. */
export function nodeProgram({
  file,
  args = [],
  nodeOptions = [],
  titleLength = 0,
}: NodeProgram): Pick<ChildSpec, 'command' | 'args'> {
  const padding = titleLength > 0 ? ['-'.repeat(titleLength)] : [];
  return { command: process.execPath, args: [...nodeOptions, file, ...args, ...padding] };
}
