import { EventEmitter } from 'node:events';
import { logLevels, type LogRecord, type Logger } from '@pinky/protocol';
import { libraryVoice } from '../../src/program/library-voice.js';

const said: LogRecord[] = [];
const logger = Object.fromEntries(
  logLevels.map((level) => [level, (record: LogRecord) => void said.push({ ...record, level })]),
) as unknown as Logger; // it has every level
const printed: unknown[] = [];
const print = (...words: unknown[]): void => void printed.push(words);
const voice = {
  debug: print,
  log: print,
  info: print,
  warn: print,
  error: print,
  trace: print,
};

it('makes records of what libraries and Node say, each sentence once, and undoes it', () => {
  const node = new EventEmitter().on('warning', print);
  const undo = libraryVoice(logger, voice, node);
  for (let times = 0; times < 3; times++) {
    voice.warn('It is highly recommended to use a minimum Redis version of', '6.2.0');
    voice.error(new Error('broken'));
    voice.warn('IMPORTANT! Eviction policy is allkeys-lru. It should be "noeviction"');
    node.emit('warning', new Error('a leak'));
  }
  expect(printed).toEqual([]);
  expect(said).toEqual([
    {
      level: 'warn',
      event: 'library.said',
      because: 'It is highly recommended to use a minimum Redis version of 6.2.0',
    },
    { level: 'error', event: 'library.said', because: 'broken' },
    { level: 'warn', event: 'library.said', because: 'a leak' },
  ]);
  undo();
  voice.log('again');
  node.emit('warning', 'again');
  expect(printed).toEqual([['again'], ['again']]);
});

it('leaves out nothing new, however much is said', () => {
  said.length = 0;
  const undo = libraryVoice(logger, voice, new EventEmitter());
  for (let n = 0; n < 250; n++) voice.warn(`sentence ${n}`);
  undo();
  expect(said.filter(({ event }) => event === 'library.said')).toHaveLength(250);
  expect(said.filter(({ event }) => event === 'library.says_much')).toHaveLength(1);
});
