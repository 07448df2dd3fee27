import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';

const program: FunpackManifest = { name: 'game', version: '1' };

/** Everything that is published of what a game says, as `<type> <user>`. */
function published(...said: readonly object[]): string[] {
  const dialect = new Dialect(program);
  return said
    .flatMap((event) => dialect.read(JSON.stringify(event)).events)
    .map((event) => ['type', 'old_user', 'user'].flatMap((name) => event[name] as string | undefined ?? []).join(' '));
}
const comes = (user: string, id?: number) => ({ event: 'player_connected', user, id });
const goes = (user: string, id?: number) => ({ event: 'player_disconnected', user, id });
const list = (...players: readonly unknown[]) => ({ event: 'players_list', players });

describe('who is connected', () => {
  it('comes in once and goes out once, however often the game says it', () => {
    expect(published(comes('ann'), comes('ann'), goes('ann'), goes('ann'), goes('bob'), comes('ann'))).toEqual([
      'player_connected ann',
      'player_disconnected ann',
      'player_connected ann',
    ]);
  });

  it('has another name if the same number comes under it, and leaves no ghost', () => {
    expect(published(comes('ann', 1), comes('bob', 2), comes('anna', 1), goes('anna'), goes('ann'))).toEqual([
      'player_connected ann',
      'player_connected bob',
      'player_renamed ann anna',
      'player_disconnected anna',
    ]);
  });

  it('is found by its number if its name is unknown', () => {
    expect(published(comes('ann', 1), goes('anna', 1))).toEqual(['player_connected ann', 'player_disconnected ann']);
  });

  it('has that number in what they say too, whatever the line of it says', () => {
    const dialect = new Dialect(program);
    const read = (event: object) => dialect.read(JSON.stringify(event)).events[0];
    read(comes('ann', 7));
    const chat = { event: 'chat', user: 'ann', message: 'hi' };
    expect(read(chat)).toMatchObject({ user: 'ann', user_id: 7 });
    expect(read({ ...chat, id: '7' })).toMatchObject({ user: 'ann', user_id: 7 });
    expect(read({ ...chat, user: 'nobody' })).not.toHaveProperty('user_id');
  });

  it('has the number under which they came until they go, and none that is no number', () => {
    const ids = (...given: readonly unknown[]) => {
      const dialect = new Dialect(program);
      const said = [...given.map((user_id) => ({ event: 'player_connected', user: 'ann', user_id })), goes('ann')];
      const events = said.flatMap((event) => dialect.read(JSON.stringify(event)).events);
      return events.map((event) => ('user_id' in event ? event['user_id'] : 'none'));
    };
    expect(ids('76561198000000001', '')).toEqual(['76561198000000001', '76561198000000001']);
    expect(ids(7, 8)).toEqual([7, 7, 8, 8]); // they had gone in silence
    expect(ids(7, '7')).toEqual([7, 7]);
    expect(ids('', 7)).toEqual(['none', 7]);
    for (const odd of [{ a: 1 }, [1], true, null, '']) expect(ids(odd)).toEqual(['none', 'none']);
  });

  it.each([7, '7'])('has the same number, of the same type, in every event: %j', (id) => {
    const other = typeof id === 'number' ? String(id) : Number(id);
    const dialect = new Dialect(program);
    const told = [
      { event: 'player_connected', user: 'ann', id },
      { event: 'player_renamed', old_user: 'ann', user: 'anna' },
      { event: 'player_renamed', old_user: 'anna', user: 'hanna', id: other },
      { event: 'player_connected', user: 'joanna', id: other },
      { event: 'players_list', players: [{ name: 'joanna', id: other }] },
      { event: 'player_disconnected', user: 'joanna' },
    ].flatMap((event) => dialect.read(JSON.stringify(event)).events);
    expect(told.filter(({ type }) => type !== 'players_list').map(({ type, user, user_id }) => [type, user, user_id]))
      .toEqual([
        ['player_connected', 'ann', id],
        ['player_renamed', 'anna', id],
        ['player_renamed', 'hanna', id],
        ['player_renamed', 'joanna', id],
        ['player_disconnected', 'joanna', id],
      ]);
  });

  it('takes its number along when the game ends', () => {
    const dialect = new Dialect(program);
    dialect.read(JSON.stringify(comes('ann', 7)));
    expect(dialect.leaveAll()).toEqual([{ name: 'ann', id: 7 }]);
  });

  it('has another number after it came again', () => {
    const dialect = new Dialect(program);
    for (const event of [comes('ann', 1), comes('ann', 4), comes('ann')]) dialect.read(JSON.stringify(event));
    expect(dialect.players).toEqual([{ name: 'ann', id: 4 }]);
  });

  it('has the name that the game says it has now', () => {
    const renamed = { event: 'player_renamed', user: 'anna', old_user: 'ann' };
    expect(published(comes('ann', 1), renamed, renamed, goes('anna'))).toEqual([
      'player_connected ann',
      'player_renamed ann anna',
      'player_disconnected anna',
    ]);
    expect(published(renamed)).toEqual(['player_connected anna']); // nobody had the old name
  });

  it('comes and goes with a list that says so', () => {
    expect(published(comes('ann'), list('bob', { name: 'cat', id: 3 }), list('bob', { name: 'kit', id: 3 }))).toEqual([
      'player_connected ann',
      'players_list',
      'player_connected bob',
      'player_connected cat',
      'player_disconnected ann',
      'players_list',
      'player_renamed cat kit',
    ]);
    const [, told] = new Dialect(program).read(JSON.stringify({ ...list('bob'), ts: '2026-01-01T00:00:00Z' })).events;
    expect(told).toEqual({
      type: 'player_connected',
      user: 'bob',
      ts: '2026-01-01T00:00:00Z',
      because: 'players_list',
    });
  });

  it('is nobody once the game has ended', () => {
    const dialect = new Dialect(program, { players: [{ name: 'ann', id: '1' }] });
    expect([dialect.leaveAll(), dialect.players]).toEqual([[{ name: 'ann', id: '1' }], []]);
  });
});

describe('a line that names an event and lacks a field', () => {
  it('is counted by its kind, from what the worker before had counted', () => {
    const dialect = new Dialect(program, { faults: { 'chat without user': 3 } });
    const faults = [
      '{"event":"chat","message":"hi"}',
      'event=chat message=hi',
      '{"event":"player_connected","user":5}',
      '{"event":"players_list"}',
    ].map((line) => dialect.read(line));
    expect(faults).toMatchObject([
      { events: [], fault: { event: 'chat', field: 'user', isMissing: true, count: 4 } },
      { events: [], fault: { count: 5 } },
      { events: [], fault: { event: 'player_connected', field: 'user', isMissing: false, count: 1 } },
      { events: [], fault: { event: 'players_list', field: 'players', count: 1 } },
    ]);
    expect(dialect.faults).toEqual({
      'chat without user': 5,
      'player_connected with an unusable user': 1,
      'players_list without players': 1,
    });
  });

  it.each([
    ['warning with an unusable kind', { event: 'warning', type: 'not_listening', message: 'a warning of Pinky' }],
    ['settings_changed with an unusable setting', { event: 'settings_changed', setting: 7, value: 1 }],
    ['settings_changed with an unusable setting', { event: 'settings_changed', setting: '', value: 1 }],
  ])('or has a field that only Pinky may say, or that names nothing, is counted too: %s', (text, event) => {
    const dialect = new Dialect(program);
    expect(dialect.read(JSON.stringify(event))).toMatchObject({ events: [], fault: { count: 1 } });
    expect(dialect.faults).toEqual({ [text]: 1 });
    const own = { event: 'warning', type: 'stressed', setting: 7 };
    expect(dialect.read(JSON.stringify(own)).events).toEqual([{ type: 'warning', kind: 'stressed', setting: 7 }]);
  });

  it('is still read by the rules of the funpack', () => {
    const dialect = new Dialect({ ...program, console: [{ pattern: '"nick":"(?<user>\\w+)"', event: 'chat',
      fields: { message: 'x' } }] });
    expect(dialect.read('{"event":"chat","nick":"ann"}')).toEqual({
      events: [{ type: 'chat', user: 'ann', message: 'x' }],
    });
    expect(dialect.read('no event at all')).toEqual({ events: [] });
    expect(dialect.faults).toEqual({});
  });
});
