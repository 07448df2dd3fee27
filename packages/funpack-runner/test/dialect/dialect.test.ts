import fc from 'fast-check';
import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { failsWith } from '../support/work.js';

const program: FunpackManifest = { name: 'game', version: '1' };
const read = (line: string): unknown => only(new Dialect(program), line);
/** The event of a line that means one or none. Behind a list come those who came and went with it. */
function only(dialect: Dialect, line: string): unknown {
  const [event, ...more] = dialect.read(line).events;
  expect(more.filter(({ because }) => because !== 'players_list')).toEqual([]);
  return event;
}

describe('JSON lines', () => {
  it.each([
    ['{"event":"started"}', { type: 'started' }],
    ['  {"event":"stopping","ts":"2026-11-21T03:00:45Z"} ', { type: 'stopping', ts: '2026-11-21T03:00:45Z' }],
    ['{"event":"stopping","ts":"2026-11-21 03:00:45+01:00"}', { type: 'stopping', ts: '2026-11-21T02:00:45.000Z' }],
    ['{"event":"stopping","ts":"2026-11-99T03:00:45Z"}', { type: 'stopping' }],
    ['{"event":"player_connected","user":"alice"}', { type: 'player_connected', user: 'alice' }],
    [
      '{"event":"chat","user":"alice","message":"hi","extra":{"a":1}}',
      { type: 'chat', user: 'alice', message: 'hi', extra: { a: 1 } },
    ],
    ['{"event":"players_list","players":["a","b c"]}', { type: 'players_list', players: ['a', 'b c'] }],
    ['{"event":"players_list","players":[]}', { type: 'players_list', players: [] }],
    // Other spellings.
    ['{"event":"player_connected","playername":"alice"}', { type: 'player_connected', user: 'alice' }],
    [
      '{"event":"chatted","playername":"a","msg":"m","at":1700000000}',
      { type: 'chat', user: 'a', message: 'm', ts: '2023-11-14T22:13:20.000Z' },
    ],
    ['{"event":"connected_players","connected_players":["a"]}', { type: 'players_list', players: ['a'] }],
    [
      '{"event":"settings_changed","type":"opped","actor_playername":"a","target_playername":"b"}',
      { type: 'settings_changed', kind: 'opped', actor: 'a', target: 'b' },
    ],
    ['{"event":"opped","playername":"b"}', { type: 'settings_changed', kind: 'opped', user: 'b' }],
    ['{"event":"warning","type":"stressed"}', { type: 'warning', kind: 'stressed' }],
    [
      '{"event":"critical","type":"unknown","msg":"Java.Bullshit.Error occurred on line 69"}',
      { type: 'critical', kind: 'unknown', message: 'Java.Bullshit.Error occurred on line 69' },
    ],
    // A game cannot set the fields that are Pinky's own in a published event.
    [
      '{"event":"info","id":"x","server_id":"other","pinky_id":"2","type":"t","__proto__":{"a":1}}',
      { type: 'info', user_id: 'x', kind: 't' },
    ],
    ['{"event":"info","message":"m","msg":"n"}', { type: 'info', message: 'm' }],
    ['{"event":"info","ts":"not a date"}', { type: 'info' }],
    ['{"event":"info","ts":{"a":1}}', { type: 'info' }],
    ['{"event":"info","ts":1e300}', { type: 'info' }],
  ])('%s', (line, event) => {
    expect(read(line)).toEqual(event);
  });

  it.each([
    '{"event":"unheard_of"}',
    '{"event":"toString"}',
    '{"event":5}',
    '{"event":["started"]}',
    '{}',
    '[{"event":"started"}]',
    '["started"]',
    'null',
    '"started"',
    '5',
    '{"event":"started"',
    '{"event":"started"}}',
    '{"event":"chat","user":5,"message":"x"}',
    '{"event":"chat","user":"a"}',
    '{"event":"chat","user":"","message":"x"}',
    '{"event":"chat","user":"a","message":["x"]}',
    '{"event":"player_connected"}',
    '{"event":"player_connected","user":{"name":"a"}}',
    '{"event":"players_list"}',
    '{"event":"players_list","players":"a,b"}',
    '{"event":"players_list","players":[1]}',
    '{"event":"players_list","players":[["a"]]}',
    '{"event":"info","message":5}',
    '',
  ])('are console text when they are %s', (line) => {
    expect(read(line)).toBeUndefined();
  });
});

describe('key=value lines', () => {
  it.each([
    ['event=started at=234897', { type: 'started' }],
    [
      'at=1700000000 event=chat user=alice message="hi \\"all\\" there"',
      {
        type: 'chat',
        user: 'alice',
        message: 'hi "all" there',
        ts: '2023-11-14T22:13:20.000Z',
      },
    ],
    ['event=players_list players=a,b', { type: 'players_list', players: ['a', 'b'] }],
    ['event=info message=', { type: 'info', message: '' }],
  ])('%s', (line, event) => {
    expect(read(line)).toEqual(event);
  });

  it.each([
    '<bob> event=started',
    'event=started now',
    'say event=started',
    'event=',
    'event="started',
    'event=chat user=a',
    'myevent=started',
  ])('are console text when they are %s', (line) => {
    expect(read(line)).toBeUndefined();
  });
});

it('never throws, whatever a line holds', () => {
  const dialect = new Dialect({ ...program, strip: '\\u200e', console: [{ pattern: '(?<user>.*)', event: 'chat' }] });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.json(),
        fc.json().map((json) => `{"event":"players_list","players":${json}}`),
      ),
      (line) => {
        dialect.read(line);
        return true;
      },
    ),
  );
});

describe('who is connected', () => {
  it('follows the events', () => {
    const dialect = new Dialect(program, { players: [{ name: 'adopted', id: '7' }] });
    dialect.read('{"event":"player_connected","user":"alice","id":2}');
    expect(dialect.players).toEqual([{ name: 'adopted', id: '7' }, { name: 'alice', id: 2 }]);
    dialect.read('{"event":"player_disconnected","user":"adopted"}');
    dialect.read('{"event":"player_disconnected","user":"nobody"}');
    expect(dialect.players).toEqual([{ name: 'alice', id: 2 }]);
    dialect.read('{"event":"players_list","players":["bob","alice",{"name":"carl","id":"9"}]}');
    expect(dialect.players).toEqual([{ name: 'bob' }, { name: 'alice', id: 2 }, { name: 'carl', id: '9' }]);
  });
});

describe('stdin of the program form', () => {
  const dialect = new Dialect(program);
  it.each([
    [{ type: 'say', message: 'hi all' }, 'say hi all'],
    [{ type: 'tell', user: 'a', message: 'x y' }, 'tell a x y'],
    [{ type: 'kick', user: 'a', message: 'be good' }, 'kick a be good'],
    [{ type: 'kick', user: 'a', message: '' }, 'kick a'],
    [{ type: 'list' }, 'list'],
    [{ type: 'stop' }, 'stop'],
  ] as const)('%j', (order, line) => {
    expect(dialect.stdin(order)).toEqual([line]);
  });

  it.each(['a\nstop', 'a\rstop', 'a\0', 'a\u2028b', 'a\x1b[2J'])(
    'never gets text that would be a second line: %j',
    (text) => {
      expect(() => dialect.stdin({ type: 'say', message: text })).toThrow(failsWith('bad_text'));
      expect(() => dialect.stdin({ type: 'tell', user: text, message: 'x' })).toThrow(failsWith('bad_text'));
    },
  );
});

/** The language of OpenTTD 13. */
const openttd: FunpackManifest = {
  name: 'openttd',
  version: '13',
  run: ['openttd'],
  strip: '\\u200e',
  console: [
    { pattern: '^dbg: \\[net\\] Map generated, starting game$', event: 'started' },
    { pattern: '^\\*\\*\\* (?<user>.+) has joined the game \\(Client #(?<id>\\d+)\\)$', event: 'player_connected' },
    { pattern: '^\\*\\*\\* (?<user>.+) has left the game \\((?<reason>.*)\\)$', event: 'player_disconnected' },
    { pattern: '^\\[Private\\] (?<user>.+?): (?<message>.*)$', event: 'chat', fields: { private: true } },
    { pattern: '^\\[All\\] (?<user>.+?): (?<message>.*)$', event: 'chat' },
  ],
  stop: [{ send: 'save {serverId}' }, { waitFor: 'saved' }, { send: 'quit' }],
  commands: { say: 'say "{message}"', tell: 'say_client {id} "{message}"', kick: 'kick {id} "{message}"' },
};

describe('the declarative form, with OpenTTD', () => {
  it('reads its console, with marks before the lines and spaces in names', () => {
    const dialect = new Dialect(openttd);
    expect(
      [
        'dbg: [net] Map generated, starting game',
        '\u200e*** al ice has joined the game (Client #2)',
        '\u200e[All] al ice: hello: all',
        '\u200e[Private] al ice: psst',
        'some debugging line',
      ].map((line) => only(dialect, line)),
    ).toEqual([
      { type: 'started' },
      { type: 'player_connected', user: 'al ice', user_id: '2' },
      { type: 'chat', user: 'al ice', user_id: '2', message: 'hello: all' },
      { type: 'chat', user: 'al ice', user_id: '2', message: 'psst', private: true },
      undefined,
    ]);
    expect(dialect.players).toEqual([{ name: 'al ice', id: '2' }]);
  });

  it('writes numbers for names, and fails where it has none', () => {
    const dialect = new Dialect(openttd, { players: [{ name: 'al ice', id: '2' }] }, (name) =>
      name === 'serverId' ? 's1' : undefined,
    );
    expect(dialect.stdin({ type: 'tell', user: 'al ice', message: 'hi' })).toEqual(['say_client 2 "hi"']);
    expect(() => dialect.stdin({ type: 'kick', user: 'bob', message: '' })).toThrow(failsWith('no_such_player'));
    expect(dialect.stdin({ type: 'list' })).toBeUndefined();
    expect(dialect.stdin({ type: 'stop' })).toEqual(['save s1', 'quit']);
  });

  it('lets no text end the quotes around it', () => {
    const commands = { say: 'say "{message}"', tell: "tell '{user}' {message}" };
    const dialect = new Dialect({ ...openttd, escape: { style: 'backslash', forbid: '' }, commands });
    expect(dialect.stdin({ type: 'say', message: '"; quit "' })).toEqual(['say "\\"; quit \\""']);
    expect(dialect.stdin({ type: 'say', message: 'end\\' })).toEqual(['say "end\\\\"']);
    expect(dialect.stdin({ type: 'say', message: "it's {user} $& {id}" })).toEqual(["say \"it's {user} $& {id}\""]);
    expect(dialect.stdin({ type: 'tell', user: "o'neil", message: 'a "b" c' })).toEqual(["tell 'o\\'neil' a \"b\" c"]);
  });
});

describe('the declarative form, with other games', () => {
  it('reads Luanti\'s lists of names', () => {
    const dialect = new Dialect({
      name: 'luanti',
      version: '5',
      run: ['x'],
      console: [{ pattern: 'List of players: (?<players>.*)$', event: 'players_list' }],
    });
    expect(
      only(dialect, '2026-11-21 02:54:48: ACTION[Server]: alice [127.0.0.1] joins game. List of players: alice bob'),
    ).toEqual({ type: 'players_list', players: ['alice', 'bob'] });
    expect(only(dialect, 'ACTION[Server]: alice leaves game. List of players: ')).toEqual({
      type: 'players_list',
      players: [],
    });
  });

  it('splits names at the funpack\'s own separator', () => {
    const dialect = new Dialect({
      name: 'x',
      version: '1',
      run: ['x'],
      console: [{ pattern: '^players: (?<players>.*)$', event: 'players_list', separator: ' \\| ' }],
    });
    expect(only(dialect, 'players: al ice | b, ob')).toEqual({ type: 'players_list', players: ['al ice', 'b, ob'] });
  });

  it('strips Minecraft\'s colours and prompts', () => {
    const dialect = new Dialect({
      name: 'minecraft',
      version: '1',
      run: ['x'],
      strip: '\\x1b\\[[0-9;]*[A-Za-z]|^(?:> )+',
      console: [{ pattern: '\\[INFO\\]: Server listening on port \\d+', event: 'started' }],
    });
    expect(
      only(
        dialect,
        '> \x1b[1GNovember 21st 2026, 03:00:45 [\x1b[32mINFO\x1b[39m]: Server listening on port 50125, version 1.20.1',
      ),
    ).toEqual({ type: 'started' });
  });

  it('finds the player of a number, as Teeworlds prints it', () => {
    const dialect = new Dialect({
      name: 'teeworlds',
      version: '1',
      run: ['x'],
      console: [
        { pattern: "team_join player='(?<id>\\d+):(?<user>.*)' team=", event: 'player_connected' },
        { pattern: 'client dropped. cid=(?<id>\\d+)', event: 'player_disconnected' },
      ],
    });
    dialect.read("[game]: team_join player='0:al ice' team=0");
    expect(only(dialect, "[server]: client dropped. cid=0 addr=127.0.0.1:65329 reason='Timeout'")).toEqual({
      type: 'player_disconnected',
      user: 'al ice',
      user_id: '0',
    });
    expect(dialect.read('[server]: client dropped. cid=5 addr=x')).toEqual({ events: [] });
    expect([dialect.players, dialect.faults]).toEqual([[], {}]);
  });
});
