import type { FunpackManifest } from '@pinky/protocol';
import { LogMatcher } from '../../src/funpack/match-log.js';

const matched = (manifest: Partial<FunpackManifest>, ...lines: (string | Buffer)[]) => {
  const matcher = new LogMatcher({ name: 'pond', version: '1', ...manifest });
  return lines.map((line) => matcher.read(Buffer.from(line as string))); // a buffer is copied
};

describe('a log that is tried', () => {
  it.each([
    ['^bound to \\S+:{port}\\.$', 'bound to *:4534.'],
    ['^rcon on {ports.rcon}, query on {ports.query}$', 'rcon on 1, query on 2'],
    ['^welcome to {settings.name}$', 'welcome to the (old) pond'],
    ['^{serverId} has {ram.max} MB in {workingDir}$', 'a has 20 MB in /srv/x'],
    ['^\\d{2}:\\d{2} up{other}$', '10:30 up{other}'],
  ])('finds %j in %j, whatever port and settings its run had', (pattern, line) => {
    const run = ['./pond'];
    expect(matched({ run, console: [{ pattern, event: 'started' }] }, line)).toMatchObject([{ rule: 0 }]);
  });

  it('takes no word for a port, and no other line', () => {
    const console = [{ pattern: '^on {port}$', event: 'info' }];
    expect(matched({ console }, 'on hold', 'on 1 of 2', 'not on 1')).toEqual([undefined, undefined, undefined]);
  });

  it('is read in the encoding of the game, and with its colours where it wants them', () => {
    const console = [{ pattern: '^(?<user>\\p{L}+|.+) came$', event: 'player_connected' }];
    const line = Buffer.from('J\xfcrgen came', 'latin1');
    expect(matched({ encoding: 'windows-1252', console }, line)).toMatchObject([{ fields: { user: 'Jürgen' } }]);
    const coloured = [{ pattern: '^\\u001b\\[32mup', event: 'started' }];
    expect(matched({ console: coloured }, '\u001b[32mup\u001b[0m')).toMatchObject([{ rule: 0 }]);
    expect(matched({ console: [{ pattern: '^up$', event: 'started' }] }, '\u001b[32mup\u001b[0m\r'))
      .toMatchObject([{ rule: 0 }]);
  });

  it('has events that are lines of their own, where the game is one that prints them', () => {
    const line = '{"event":"chat","user":"ann","message":"hi"}';
    expect(matched({}, line, 'event=stopping', 'plain')).toEqual([
      { line: 1, text: line, event: 'chat', fields: { user: 'ann', message: 'hi' } },
      { line: 2, text: 'event=stopping', event: 'stopping', fields: {} },
      undefined,
    ]);
    const declarative = { run: ['./pond'], console: [{ pattern: '^up$', event: 'started' }] };
    expect(matched(declarative, line)).toEqual([undefined]);
  });
});
