import type { CommandSpec, FlagSpec } from '../command-line/specs.js';

/** The facts of one command that a shell completes by. */
export interface Completed {
  readonly name: string;
  readonly means: string;
  readonly flags: readonly CompletedFlag[];
  /** The kind of each argument, in order. */
  readonly args: readonly ArgumentKind[];
}

export interface CompletedFlag {
  /** Every spelling: `-f`, `--follow`. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly means: string;
}

export type ArgumentKind = 'server' | 'file' | 'shell' | 'word';

/** Every command as a shell completes it. */
export const completed = (specs: readonly CommandSpec[], common: readonly FlagSpec[]): Completed[] =>
  specs.map(({ name, means, args, flags = [] }) => ({
    name,
    means,
    flags: [...flags, ...common].map(flagOf),
    args: args.split(' ').filter((arg) => arg !== '').map(kindOf),
  }));

function flagOf({ flag, means }: FlagSpec): CompletedFlag {
  const names = flag.split(/[ ,]+/).filter((word) => word.startsWith('-'));
  return { names, takesValue: flag.includes('<'), means };
}

const kinds: Readonly<Record<string, ArgumentKind>> = {
  id: 'server',
  dir: 'file',
  file: 'file',
  egg: 'file',
  shell: 'shell',
};

const kindOf = (arg: string): ArgumentKind => kinds[arg.replaceAll(/[<>[\].]/g, '')] ?? 'word';

/** The first words of all commands, and under each the second words that it may have. */
export function groupsOf(commands: readonly Completed[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const { name } of commands) {
    const [first = '', second] = name.split(' ');
    groups.set(first, [...(groups.get(first) ?? []), ...(second === undefined ? [] : [second])]);
  }
  return groups;
}
