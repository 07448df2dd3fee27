import type { Action } from './context.js';

/** One option of a command, in commander's notation. */
export interface FlagSpec {
  readonly flag: string;
  readonly means: string;
  readonly isRequired?: boolean;
  /** May be given several times. */
  readonly isList?: boolean;
}

/** One command. `--help` and docs/commands.md are printed from these, and a test keeps the docs equal. */
export interface CommandSpec {
  /** Two words, such as `pid claim`, where it is one of a group. */
  readonly name: string;
  /** In commander's notation: `<id>` must be given, `[message...]` may be. */
  readonly args: string;
  readonly means: string;
  /** What else people should know; whole sentences. */
  readonly more?: string;
  readonly flags?: readonly FlagSpec[];
  readonly examples: readonly string[];
  /** Loads the command only when it is run, so that `pinky ps` starts fast. */
  readonly load: () => Promise<Action>;
}

/** Options of every command. */
export const globalFlags: readonly FlagSpec[] = [
  { flag: '--json', means: 'print JSON: one document per answer, errors as {"error":{code,message,remedy}}' },
  { flag: '--home <dir>', means: 'home of the box; default $PINKY_HOME, else /var/lib/pinky as root, else ~/.pinky' },
  { flag: '--config <file>', means: 'configuration; default pinky.yml in the home' },
];
