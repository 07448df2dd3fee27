import type { Action } from './context.js';

/** One option of a command, in the notation of commander. */
export interface FlagSpec {
  readonly flag: string;
  readonly means: string;
  readonly isRequired?: boolean;
  /** May be given several times. */
  readonly isList?: boolean;
}

/** One command. `--help` and docs/commands.md are printed from these, and a test keeps the docs equal. */
export interface CommandSpec {
  /** Two words, such as `pid claim`, for a command in a group. */
  readonly name: string;
  /** In the notation of commander: `<id>` is required, `[message...]` is optional. */
  readonly args: string;
  readonly means: string;
  /** More for people to know, in whole sentences. */
  readonly more?: string;
  readonly flags?: readonly FlagSpec[];
  readonly examples: readonly string[];
  /** Loads the command only when it is run, so that `pinky ps` starts fast. Some are about all commands. */
  readonly load: (all: readonly CommandSpec[]) => Promise<Action>;
}

/** Options of every command. */
export const globalFlags: readonly FlagSpec[] = [
  { flag: '--json', means: 'print JSON: one document per answer, errors as {"error":{code,message,remedy}}' },
  { flag: '--home <dir>', means: 'home of the box; default $PINKY_HOME, else /var/lib/pinky as root, else ~/.pinky' },
  { flag: '--config <file>', means: 'configuration file; default pinky.yml in the home' },
];
