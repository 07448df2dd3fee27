import type { ConsoleRule, DialogueStep } from '@pinky/protocol';
import { settingRegExp } from '../funpack/checks.js';
import { carried, changed, missing, type Egg, type EggNote } from './egg.js';
import { caseless } from './texts.js';

/** How the game is stopped. A panel reads `^C` as INT, a few names as signals, and kills at any other `^…`. */
export function stopOfEgg({ stop }: Egg): { stop: readonly DialogueStep[]; note: EggNote } {
  if (stop === '') return signal('TERM', changed('config.stop', 'is empty; the game gets TERM, as from Docker'));
  if (!stop.startsWith('^')) return { stop: [{ send: stop }], note: carried('config.stop', `sends ${stop}`) };
  const name = stop.slice(1).toUpperCase();
  if (name === 'C' || name === 'SIGINT') return signal('INT', carried('config.stop', 'sends INT'));
  if (name === 'SIGTERM') return signal('TERM', carried('config.stop', 'sends TERM'));
  if (name === 'SIGABRT') return signal('ABRT', carried('config.stop', 'sends ABRT'));
  if (name === 'SIGKILL' || name === 'KILL') return signal('KILL', carried('config.stop', 'sends KILL'));
  if (name === '^C') {
    return signal('INT', changed('config.stop', '^^C is KILL to a panel, which nobody meant; here the game gets INT'));
  }
  return signal('TERM', changed('config.stop', `${stop} is KILL to a panel; here the game gets TERM first`));
}

const signal = (name: string, note: EggNote): { stop: readonly DialogueStep[]; note: EggNote } =>
  ({ stop: [{ signal: name }], note });

/** The console rules for `done`. Any of the texts, anywhere in a line, says that the game is up. */
export function rulesOfEgg({ done }: Egg): { console: readonly ConsoleRule[]; notes: readonly EggNote[] } {
  if (done.length === 0) {
    return {
      console: [{ pattern: '^', event: 'started' }],
      notes: [changed('config.startup.done', 'is empty; a panel waits for nothing, Pinky for the first line')],
    };
  }
  const read = done.map((text) => ({ text, pattern: patternOf(text) }));
  const rules = read.flatMap(({ pattern }) => (pattern === undefined ? [] : [{ pattern, event: 'started' }]));
  return {
    console: rules,
    notes: read.map(({ text, pattern }) =>
      pattern === undefined
        ? missing('config.startup.done', `${text} is an expression that Pinky's engine cannot read`)
        : carried('config.startup.done', text),
    ),
  };
}

function patternOf(text: string): string | undefined {
  if (!text.startsWith('regex:')) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const source = text.slice('regex:'.length);
  const [, flags = '', plain = source] = /^\(\?([a-z]+)\)(.*)$/s.exec(source) ?? [];
  const named = plain.replaceAll('(?P<', '(?<').replace(/\\A|\\z/g, (end) => (end === '\\A' ? '^' : '$'));
  const pattern = flags.includes('i') ? caseless(named) : named;
  try {
    settingRegExp(pattern);
    return /[^is]/.test(flags) ? undefined : pattern;
  } catch {
    return undefined;
  }
}
