import { groupsOf, type Completed, type CompletedFlag } from './completed.js';

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, (letter) => `\\${letter}`)}'`;

/** A script for fish. */
export function fishScript(commands: readonly Completed[]): string {
  const groups = groupsOf(commands);
  const singles = commands.filter(({ name }) => !name.includes(' '));
  const meansOf = (name: string): string => commands.find((one) => one.name === name)?.means ?? `${name} …`;
  return [
    '# Completion of pinky: pinky completion fish > ~/.config/fish/completions/pinky.fish',
    'complete -c pinky -f',
    ...[...groups.keys()].map((first) =>
      `complete -c pinky -n __fish_use_subcommand -a ${first} -d ${quoted(meansOf(first))}`),
    ...[...groups].flatMap(([first, seconds]) => seconds.map((second) =>
      `complete -c pinky -n '__fish_seen_subcommand_from ${first}' -a ${second} ` +
      `-d ${quoted(meansOf(`${first} ${second}`))}`)),
    ...commands.flatMap((command) => command.flags.map((flag) => flagLine(command.name, flag))),
    ...singles.flatMap(({ name, args }) => argumentLines(name, args)),
    '',
  ].join('\n');
}

const condition = (name: string): string =>
  `'${name.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')}'`;

function flagLine(name: string, { names, takesValue, means }: CompletedFlag): string {
  const spellings = names.map((one) => (one.startsWith('--') ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`));
  return `complete -c pinky -n ${condition(name)} ${spellings.join(' ')}${takesValue ? ' -r' : ''} -d ${quoted(means)}`;
}

function argumentLines(name: string, args: Completed['args']): string[] {
  const line = (rest: string): string => `complete -c pinky -n ${condition(name)} ${rest}`;
  return [
    ...(args.includes('server') ? [line("-a '(pinky completion ids 2>/dev/null)'")] : []),
    ...(args.includes('shell') ? [line("-a 'bash zsh fish'")] : []),
    ...(args.includes('file') ? [line('-F')] : []),
  ];
}
