import { PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Flags } from '../../command-line/context.js';

/** The steps of a command line, as a job has them: `backup then broadcast hello all`. Throws `bad_command`. */
export function stepsOf(words: readonly string[]): unknown[] {
  const groups: string[][] = [[]];
  for (const word of words) {
    if (word === 'then') groups.push([]);
    else groups.at(-1)?.push(word);
  }
  return groups.map(stepOf);
}

function stepOf([name = '', ...rest]: readonly string[]): unknown {
  const text = rest.join(' ');
  if (name === 'broadcast' || name === 'console' || name === 'wait') {
    if (text !== '') return { [name]: text };
    throw new PinkyError('bad_command', `${name} needs ${name === 'wait' ? 'a time, such as 30s' : 'a text'}`);
  }
  const isPlain = ['restart', 'stop', 'start', 'backup'].includes(name);
  if (isPlain && rest.length === 0) return name;
  throw new PinkyError(
    'bad_command',
    `${JSON.stringify([name, ...rest].join(' '))} is nothing that a schedule does: it does restart, stop, start, ` +
      'backup, broadcast <message>, console <line>, wait <time>, or several of them with `then` in between',
  );
}

/** The terms that the options name. Throws `bad_command` for two that contradict each other. */
export function termsOf(flags: Flags): Readonly<Record<string, unknown>> {
  const [when, tz, warn, warnText, late] = ['when', 'tz', 'warn', 'warnText', 'late'].map((name) =>
    textFlag(flags, name));
  const players = oneOf(flags, { onlyIfEmpty: 'wait', skipIfPlayers: 'skip', withPlayers: 'any' });
  const paused = oneOf(flags, { pause: true, resume: false });
  return {
    ...(when !== undefined && { when }),
    ...(tz !== undefined && { tz }),
    ...(warn !== undefined && { warn: warn === 'none' ? [] : warn.split(',').map((time) => time.trim()) }),
    ...(warnText !== undefined && { warnText }),
    ...(players !== undefined && { players }),
    ...(late !== undefined && { late }),
    ...(paused !== undefined && { paused }),
  };
}

function oneOf<T>(flags: Flags, meanings: Readonly<Record<string, T>>): T | undefined {
  const given = Object.keys(meanings).filter((name) => isSet(flags, name));
  if (given.length > 1) {
    const named = given.map((name) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    throw new PinkyError('bad_command', `${named.join(' and ')} contradict each other: give one of them`);
  }
  return given[0] === undefined ? undefined : meanings[given[0]];
}
