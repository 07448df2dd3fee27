import type { FunpackManifest, Poll } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { spokenManifest } from '../../src/dialect/spoken-manifest.js';
import { parseManifest } from '../../src/funpack/manifest.js';

const source: Poll = {
  every: 5_000,
  send: 'status',
  from: '^# userid name$',
  row: '^# *(?<id>\\d+) "(?<user>.+)"$',
  to: '^#end$',
};
const manifestOf = (poll: Poll): FunpackManifest => ({
  name: 'g',
  version: '1',
  run: ['g'],
  console: [{ pattern: '^up$', event: 'started' }, { pattern: '^<(?<user>.+?)> (?<message>.*)$', event: 'chat' }],
  poll,
});
const eventsOf = (dialect: Dialect, ...lines: string[]) => lines.flatMap((line) => dialect.read(line).events);
const told = (dialect: Dialect, ...lines: string[]) =>
  eventsOf(dialect, ...lines).map(({ type, user }) => (typeof user === 'string' ? `${type} ${user}` : type));

describe('a table of players', () => {
  it('goes from its first line to its last, whatever the game says in between', () => {
    const dialect = new Dialect(manifestOf(source));
    const lines = ['# userid name', '# 1 "ann lee"', '<ann lee> hi', 'noise', '#2 "bob"'];
    expect(told(dialect, ...lines)).toEqual(['chat ann lee']);
    expect(told(dialect, '#end')).toEqual(['players_list', 'player_connected ann lee', 'player_connected bob']);
    expect(dialect.players).toEqual([{ name: 'ann lee', id: '1' }, { name: 'bob', id: '2' }]);
    const without = ['# userid name', '# 2 "bob"', '#end'];
    expect(told(dialect, ...without)).toEqual(['players_list', 'player_disconnected ann lee']);
    expect(told(dialect, '# userid name', '#end')).toEqual(['players_list', 'player_disconnected bob']);
  });

  it('ends without a last line at the first that is no row, which counts by itself', () => {
    const { to: _none, ...open } = source;
    const dialect = new Dialect(manifestOf(open));
    expect(told(dialect, '# userid name', '# 1 "ann"', '<ann> hi')).toEqual([
      'players_list',
      'player_connected ann',
      'chat ann',
    ]);
    expect(told(dialect, '# userid name', '# 1 "ann"')).toEqual([]);
    expect(dialect.readEnd().map(({ type }) => type)).toEqual(['players_list']);
  });

  it('counts for nothing outside of it, and where it is cut short', () => {
    const dialect = new Dialect(manifestOf(source));
    expect(told(dialect, '# 9 "eve"', '#end')).toEqual([]);
    expect(told(dialect, '# userid name', '# 9 "eve"', '# userid name', '# 1 "ann"', '#end')).toEqual([
      'players_list',
      'player_connected ann',
    ]);
  });

  it('may begin with several lines, and end with one of them', () => {
    const ruler = '-----';
    const dialect = new Dialect(manifestOf({ ...source, from: ['^# players$', '^-+$'], to: '^-+$' }));
    expect(told(dialect, '# players', ruler, '# 1 "ann"', ruler)).toEqual(['players_list', 'player_connected ann']);
    const ofAnother = ['# maps', ruler, '# 2 "bob"', ruler];
    expect(told(dialect, ...ofAnother)).toEqual([]);
    expect(told(dialect, '# players', 'noise', ruler, '# 2 "bob"', ruler)).toEqual([]);
    const cutShort = ['# players', '# players', ruler, '# 1 "ann"'];
    expect(told(dialect, ...cutShort, '# players', ruler, '# 2 "bob"', ruler)).toEqual([
      'players_list',
      'player_connected bob',
      'player_disconnected ann',
    ]);
    expect(told(dialect, '# players', ruler, ruler)).toEqual(['players_list', 'player_disconnected bob']);
    const spoken = spokenManifest(manifestOf({ ...source, from: ['^{settings.title}$', '^-$'] }), () => 'a.b');
    expect(spoken.poll?.from).toEqual(['^a\\.b$', '^-$']);
  });

  it('may have one ruler above and below, which is that of the next table, too', () => {
    const ruler = '+----+';
    const dialect = new Dialect(manifestOf({ ...source, from: ['^\\+-', '^name$', '^\\+-'], to: '^\\+-' }));
    expect(told(dialect, ruler, 'name', ruler, '# 1 "ann"', ruler)).toEqual(['players_list', 'player_connected ann']);
    expect(told(dialect, ruler, 'name', ruler, '# 1 "ann"', '# 2 "bob"', ruler, 'name', ruler, '# 2 "bob"', ruler))
      .toEqual(['players_list', 'player_connected bob', 'players_list', 'player_disconnected ann']);
  });

  it('is read with the settings of the server, and checked', () => {
    const filled = spokenManifest(manifestOf({ ...source, from: '^{settings.title}$' }), () => 'a.b');
    expect(told(new Dialect(filled), 'axb', '# 1 "ann"', '#end')).toEqual([]);
    expect(told(new Dialect(filled), 'a.b', '# 1 "ann"', '#end')).toContain('player_connected ann');
    const wrong = { ...manifestOf(source), poll: { every: 10, send: 'a\nb', from: '(', row: '(?<name>.)' } };
    expect(parseManifest(JSON.stringify(wrong)).faults).toEqual([
      'poll.every: must be a whole number of milliseconds, and at least 1000',
      'poll.send: must be one line of text',
      expect.stringContaining('poll.from: Invalid regular expression'),
      'poll.row: must capture (?<user>…)',
    ]);
  });

  it('of a reply comes and goes with those who are known', () => {
    const dialect = new Dialect(manifestOf(source), { players: [{ name: 'ann' }, { name: 'bob' }] });
    expect(dialect.takeList([{ name: 'bob' }, { name: 'cid', id: '4' }])).toMatchObject([
      { type: 'player_connected', user: 'cid', user_id: '4', because: 'players_list' },
      { type: 'player_disconnected', user: 'ann' },
    ]);
  });
});
