import type { ChildProcess } from 'node:child_process';
import { defaultLadder, type LadderOptions } from '../terminate/ladder.js';
import { defaultRestart, type RestartOptions } from '../restart/restart-policy.js';
import { plainExitCodes, type ExitCodes } from '../restart/exit-meaning.js';

/** One child of a tree: what to run, how to watch it, how to end it, when to start it again. */
export interface ChildSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. Default: the parent's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** An own session: the child outlives its parent and gets none of its terminal's signals. Default false. */
  readonly isDetached: boolean;
  /** Hands the child a heartbeat pipe on fd 3 (and says so in `HEARTBEAT_FD`). Default false. */
  readonly hasHeartbeat: boolean;
  /**
   * Where stdout and stderr go: appended to a file, to the parent's own, or told to the parent in whole lines. Default:
   * nowhere.
   */
  readonly output?: { readonly file: string } | { readonly onText: (text: string) => void } | 'inherit';
  /** Gives the child Node's own message channel to its parent (`process.send`). It ends with either. Default false. */
  readonly hasChannel?: boolean;
  /** Called with each new process, before it has run. */
  readonly onSpawned?: (child: ChildProcess) => void;
  /** How it is stopped. */
  readonly ladder: LadderOptions;
  /**
   * How it is ended when its heartbeats stop, also where it was asked to leave before. Default: `ladder`, or that of
   * the request.
   */
  readonly stalledLadder?: LadderOptions;
  readonly restart: RestartOptions;
  readonly exitCodes: ExitCodes;
  /** Asked before each launch that nobody asked for just then: a restart or a replacement. Default: always wanted. */
  readonly isWanted?: () => boolean;
}

export type ChildOptions = Pick<ChildSpec, 'command'> & Partial<ChildSpec>;

/** A spec from what differs from the defaults. */
export const childSpec = (options: ChildOptions): ChildSpec => ({
  args: [],
  isDetached: false,
  hasHeartbeat: false,
  ladder: defaultLadder,
  restart: defaultRestart,
  exitCodes: plainExitCodes,
  ...options,
});

export interface NodeProgram {
  readonly file: string;
  readonly args?: readonly string[];
  /** Options of Node itself, such as `--max-semi-space-size=1`. */
  readonly nodeOptions?: readonly string[];
  /** Bytes that `process.title` needs at most. Linux keeps a title in the space of the original command line. */
  readonly titleLength?: number;
}

/** Command and arguments of a Node program, the last argument being padding that gives its title room. */
export function nodeProgram({
  file,
  args = [],
  nodeOptions = [],
  titleLength = 0,
}: NodeProgram): Pick<ChildSpec, 'command' | 'args'> {
  const padding = titleLength > 0 ? ['-'.repeat(titleLength)] : [];
  return { command: process.execPath, args: [...nodeOptions, file, ...args, ...padding] };
}
