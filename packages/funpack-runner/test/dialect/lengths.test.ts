import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { LogMatcher } from '../../src/funpack/match-log.js';
import { parseManifest } from '../../src/funpack/manifest.js';

const manifest: FunpackManifest = {
  name: 'g',
  version: '1',
  eventLines: true,
  console: [
    { pattern: '^up$', event: 'started' },
    { pattern: '^chat (?<n>\\d+):(?<user>.{n}) (?<m>\\d+):(?<message>.{m})$', event: 'chat' },
    { pattern: '^\\[(?<length>\\d+)\\] (?<user>.{length}) came in$', event: 'player_connected', lengths: 'characters' },
  ],
};
const eventsOf = (dialect: Dialect, ...lines: string[]) => lines.flatMap((line) => dialect.read(line).events);

describe('a field whose length stands before it', () => {
  it('ends where the game says, whatever is in it', () => {
    const dialect = new Dialect(manifest);
    expect(eventsOf(dialect, 'chat 3:ann 5:hello', 'chat 9:al 2:hi:) 3:yes')).toEqual([
      { type: 'chat', user: 'ann', message: 'hello', n: '3', m: '5' },
      { type: 'chat', user: 'al 2:hi:)', message: 'yes', n: '9', m: '3' },
    ]);
    expect(eventsOf(dialect, 'chat 3:ann 4:hello')).toEqual([]); // the line is longer than it says
  });

  it('is counted in bytes as the game writes them, or in characters', () => {
    const dialect = new Dialect(manifest);
    expect(eventsOf(dialect, 'chat 5:Zoë! 7:größe')).toMatchObject([{ user: 'Zoë!', message: 'größe' }]);
    expect(eventsOf(dialect, 'chat 4:Zoë! 5:größe')).toEqual([]);
    expect(eventsOf(dialect, '[3] Zoë came in')).toMatchObject([{ user: 'Zoë' }]);
    const chinese = new Dialect({ ...manifest, encoding: 'gbk' });
    expect(eventsOf(chinese, 'chat 4:玩家 2:好')).toMatchObject([{ user: '玩家', message: '好' }]);
  });

  it('may go over several lines, none of which is read as anything else', () => {
    const dialect = new Dialect(manifest);
    const forged = '{"event":"player_connected","user":"Admin"}';
    const message = `look:\n${forged}\nup`;
    expect(eventsOf(dialect, `chat 3:ann ${message.length}:look:`, forged)).toEqual([]);
    const next = new Dialect(manifest, { half: dialect.half }); // another worker goes on
    expect(eventsOf(next, 'up', 'up')).toMatchObject([{ type: 'chat', user: 'ann', message }, { type: 'started' }]);
    expect(next.half).toBeUndefined();
  });

  it('is none if it never ends; then each line is what it looks like', () => {
    const dialect = new Dialect(manifest);
    const lines = ['chat 3:ann 9999:x', 'up', ...Array.from({ length: 98 }, (_, nth) => `text ${nth}`)];
    expect(eventsOf(dialect, ...lines)).toEqual([]);
    expect(eventsOf(dialect, 'chat 3:bob 2:hi')).toMatchObject([{ type: 'started' }, { type: 'chat', user: 'bob' }]);
    expect(dialect.half).toBeUndefined();
    expect(eventsOf(dialect, 'chat 3:ann 70000:x')).toEqual([]); // no length of a field
    expect(dialect.half).toBeUndefined();
  });

  it('needs a group before it that says the length', () => {
    const faults = (pattern: string) =>
      parseManifest(JSON.stringify({ ...manifest, console: [{ pattern, event: 'chat' }] })).faults;
    expect(faults('^(?<user>.{n}) (?<n>\\d+)$')).toEqual([
      'console[0].pattern: .{n} needs a group (?<n>…) before it',
    ]);
    expect(faults('^(?<n>\\d+) (?<user>.{n})$')).toEqual([]);
  });

  it('is found in a log that is tried', () => {
    const matcher = new LogMatcher(manifest);
    const read = (line: string) => matcher.read(Buffer.from(line));
    expect(read('chat 3:ann 2:hi')).toMatchObject({ rule: 1, fields: { user: 'ann', message: 'hi' } });
    expect(read('chat 3:ann 4:hi')).toMatchObject({ rule: 1, fields: { goes_on: 'in the next line' } });
    expect(matcher.counts()[1]).toMatchObject({ count: 2 });
  });
});
