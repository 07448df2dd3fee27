import type { RunPart } from '@pinky/protocol';
import { carried, changed, missing, type Egg, type EggNote } from './egg.js';
import { container, panelVariables } from './texts.js';
import { placeholderOf, type EggSetting } from './variables.js';
import { wordsOf, type Word } from './words.js';

export interface EggRun {
  readonly run: readonly RunPart[];
  readonly notes: readonly EggNote[];
}

type Settings = ReadonlyMap<string, EggSetting>;

/** The command line of an egg: words where that is the same, and a shell where it is not. */
export function runOfEgg({ startups }: Egg, settings: Settings): EggRun {
  const [first, ...others] = startups;
  const whole = (first?.command ?? '').replace(/\s*"\$@"|\s*\$@/g, '').replace(/^exec\s+/, '');
  const isShare = /\bjava\s.*MaxRAMPercentage/.test(whole) && !/\s-Xmx/.test(whole);
  const line = isShare ? whole.replace(/\bjava(?=\s)/, '$& -XX:MaxRAM={{SERVER_MEMORY}}m') : whole;
  const known = (name: string): boolean => settings.has(name) || Object.hasOwn(panelVariables, name);
  const used = [...line.matchAll(/\{\{\s*([\w.]+)\s*\}\}/g)].map(([, name = '']) => name);
  const unknown = [...new Set(used)].filter((name) => !known(name));
  const plain = unknown.length === 0 ? plainRun(line, settings) : undefined;
  const { run, note } = plain ?? shellRun(line);
  return {
    run,
    notes: [
      note,
      ...(isShare ? [changed('startup', 'MaxRAMPercentage is of the server\'s memory, by -XX:MaxRAM')] : []),
      ...unknown.map((name) => changed('startup', `{{${name}}} is no variable of the egg; it is empty, as in a panel`)),
      ...others.map(({ name }) => missing('startup_commands', `the startup ${name} is left out`)),
    ],
  };
}

function plainRun(line: string, settings: Settings): { run: readonly RunPart[]; note: EggNote } | undefined {
  const words = wordsOf(line);
  const parts = words?.map((word) => partOf(word, settings));
  const run = parts?.filter((part) => part !== undefined);
  if (!run || run.length !== parts?.length || run.length === 0) return undefined;
  return { run, note: carried('startup', 'a command line without a shell') };
}

/** Undefined if the shell might make several words of it, or none. */
function partOf(word: Word, settings: Settings): RunPart | undefined {
  const loose = word.flatMap((piece) => ('variable' in piece && !piece.isQuoted ? [piece.variable] : []));
  if (loose.some((name) => !isOneWord(name, settings))) return undefined;
  const text = word.map((piece) => ('text' in piece ? piece.text : textOf(piece.variable, settings))).join('');
  if (word.some((piece) => 'variable' in piece && !isKnown(piece.variable, settings))) return undefined;
  const [only] = loose;
  const mayVanish = only !== undefined && word.length === 1 && (settings.get(only)?.mayBeEmpty ?? false);
  const here = text.replaceAll(container, '{workingDir}');
  return mayVanish ? { ifSet: only, args: [here] } : here;
}

const isKnown = (name: string, settings: Settings): boolean =>
  settings.has(name) || Object.hasOwn(panelVariables, name);
const isOneWord = (name: string, settings: Settings): boolean =>
  settings.get(name)?.isOneWord ?? (Object.hasOwn(panelVariables, name) && name !== 'HOME');

function textOf(name: string, settings: Settings): string {
  const setting = settings.get(name);
  return setting ? placeholderOf(name, setting) : (panelVariables[name] ?? '');
}

/**
 * The same text for a shell. The variables are in its environment, so no value is ever read as shell syntax. Names that
 * are placeholders of ours, such as `${port}`, are written `${port-}`, which means the same.
 */
function shellRun(line: string): { run: readonly RunPart[]; note: EggNote } {
  const text = line
    .replace(/\{\{\s*(\w+)\s*\}\}/g, '$${$1}')
    .replaceAll(container, '${HOME}')
    .replace(/\$\{(port|serverId|home|workingDir|sharedDir|funpackDir)\}/g, '$${$1-}');
  const isOneCommand = !/[|&;<>(){}`\n]|^\w+=|^(cd|export|set|if|for|while|until|case|source|\.)\s/.test(
    text.replace(/\$\{\w+-?\}/g, ''),
  );
  const why = isOneCommand ? 'because a variable may hold several words' : 'because it has the syntax of one';
  const shell = isOneCommand ? 'sh' : 'bash'; // the images of eggs read it by bash
  return {
    run: [shell, '-c', isOneCommand ? `exec ${text}` : text],
    note: carried('startup', `by ${shell} -c, ${why}; values are in the environment and never read as syntax`),
  };
}
