import fc from 'fast-check';
import type { FunpackManifest, GameEvent } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';

const program: FunpackManifest = { name: 'game', version: '1' };
const comes = (user: string, id?: unknown) => ({ event: 'player_connected', user, id });
const goes = (user: string, id?: unknown) => ({ event: 'player_disconnected', user, id });
const renamed = (old_user: string, user: string, id?: unknown) => ({ event: 'player_renamed', user, old_user, id });
const list = (...players: readonly unknown[]) => ({ event: 'players_list', players });
const readAll = (dialect: Dialect, said: readonly object[]): readonly GameEvent[] =>
  said.flatMap((event) => dialect.read(JSON.stringify(event)).events);

/** The fields of an event that say who. */
interface Who {
  readonly user?: string;
  readonly old_user?: string;
  readonly user_id?: string | number;
}

/** `in ann 1`, `out ann 1`, `ann is anna 1`; other events by their type and number. */
function inWords(event: GameEvent): string {
  const { user, old_user: old, user_id: id } = event as Who;
  const number = id === undefined ? '' : ` ${id}`;
  switch (event.type) {
    case 'player_connected': return `in ${user}${number}`;
    case 'player_disconnected': return `out ${user}${number}`;
    case 'player_renamed': return `${old} is ${user}${number}`;
    default: return `${event.type}${number}`;
  }
}
const published = (...said: readonly object[]) => readAll(new Dialect(program), said).map(inWords);

describe('a line with the number of somebody else', () => {
  const twice = [comes('A', 'i1'), comes('A', 'i2')];
  const sessions = ['in A i1', 'out A i1', 'in A i2'];

  it('does not throw out the player who has the name now', () => {
    const dialect = new Dialect(program);
    expect(readAll(dialect, [...twice, goes('A', 'i1'), goes('A', 'i1')]).map(inWords)).toEqual(sessions);
    expect(dialect.players).toEqual([{ name: 'A', id: 'i2' }]);
    expect(readAll(dialect, [{ event: 'chat', user: 'A', message: 'hi' }])).toMatchObject([{ user_id: 'i2' }]);
    expect(readAll(dialect, [goes('A', 'i2')]).map(inWords)).toEqual(['out A i2']);
  });

  it('is counted by its kind, and is no warning', () => {
    const dialect = new Dialect(program);
    readAll(dialect, twice);
    expect([goes('A', 'i1'), goes('A', 'i3'), renamed('A', 'B', 'i1'), goes('B', 'i9')]
      .map((event) => dialect.read(JSON.stringify(event)))).toEqual(Array(4).fill({ events: [] }));
    expect(dialect.faults).toEqual({
      'player_disconnected with a user_id that the player of that name does not have': 2,
      'player_renamed with a user_id that the player of that name does not have': 1,
    });
  });

  it('renames nobody, and takes nobody the name', () => {
    expect(published(...twice, comes('B', 'i3'), renamed('A', 'C', 'i1'), renamed('nobody', 'B', 'i1'))).toEqual([
      ...sessions,
      'in B i3',
    ]);
    expect(published(renamed('nobody', 'B', 'i1'))).toEqual(['in B i1']); // the name is free
  });

  it('is published as it is said where it is no coming or going', () => {
    const chat = { event: 'chat', user: 'A', message: 'hi' };
    expect(published(...twice, { ...chat, id: 'i1' }, { ...chat, id: 'i2' }, chat)).toEqual([
      ...sessions,
      'chat i1',
      'chat i2',
      'chat i2',
    ]);
  });

  it('is about the player who has that number, whatever name it says', () => {
    expect(published(comes('A', 1), comes('B', 2), renamed('A', 'C', 2), goes('A', 2), goes('A'))).toEqual([
      'in A 1',
      'in B 2',
      'B is C 2',
      'out C 2',
      'out A 1',
    ]);
  });
});

describe('a name that somebody has already', () => {
  const both = [comes('sB', 's1'), comes('sA', 's2')];
  const taken = ['in sB s1', 'in sA s2', 'out sA s2', 'sB is sA s1'];

  it.each([
    ['a rename without a number', renamed('sB', 'sA')],
    ['a rename with one', renamed('sB', 'sA', 's1')],
    ['the same number under another name', comes('sA', 's1')],
  ])('goes over to the player who has it now: %s', (_what, event) => {
    expect(published(...both, event, list())).toEqual([...taken, 'players_list', 'out sA s1']);
    expect(published(...both, event, goes('sA', 's2'), goes('sA', 's1'))).toEqual([...taken, 'out sA s1']);
  });

  it('goes over without numbers too, and says why somebody went out', () => {
    const ts = '2026-01-01T00:00:00Z';
    const events = readAll(new Dialect(program), [comes('a'), comes('b'), { ...renamed('b', 'a'), ts, ip: '::1' }]);
    expect(events.slice(2)).toEqual([
      { type: 'player_disconnected', user: 'a', ts, because: 'another player has the name now' },
      { type: 'player_renamed', user: 'a', old_user: 'b', ts, ip: '::1' },
    ]);
  });

  it('stays with its player in a list of places, where the numbers move from one player to the next', () => {
    const places = (...names: readonly string[]) => list(...names.map((name, at) => ({ name, id: at + 1 })));
    expect(published(places('a', 'b', 'c'), places('b', 'd'), places('b', 'd'), places())).toEqual([
      'players_list', 'in a 1', 'in b 2', 'in c 3',
      'players_list', 'out b 2', 'out a 1', 'in b 1', 'in d 2', 'out c 3',
      'players_list',
      'players_list', 'out b 1', 'out d 2',
    ]);
    const learned = [comes('a', 1), comes('b'), list({ name: 'b', id: 1 }), list()];
    expect(published(...learned)).toEqual(['in a 1', 'in b', 'players_list', 'out a 1', 'players_list', 'out b 1']);
  });

  it('stands once in a list, with the number that its player has', () => {
    const twins = list({ name: 'x', id: 1 }, { name: 'x', id: 2 });
    expect(published(comes('x', 2), twins, twins)).toEqual(['in x 2', 'players_list', 'players_list']);
    const bots = list({ name: 'x', id: 0 }, { name: 'y', id: 0 });
    expect(published(bots, bots, list())).toEqual([
      'players_list', 'in x 0', 'in y', 'players_list', 'players_list', 'out x 0', 'out y',
    ]);
  });
});

describe('a number that JSON.parse would change', () => {
  const user_id = (written: string): unknown =>
    new Dialect(program).read(`{"event":"player_connected","user":"ann","user_id": ${written}}`).events[0]?.['user_id'];

  it.each([
    '1e400', '1e999', '-1e400', '1E400', '1e-400', '76561198012345679', '1234567890123456', '0.12345678901234567',
    '-76561198012345679',
  ])('is published as the text that the line has: %s', (written) => {
    expect(user_id(written)).toBe(written);
  });

  it.each(['7', '-7', '0', '0.5', '1e3', '1e20', '123456789012345'])('stays one otherwise: %s', (written) => {
    expect(user_id(written)).toBe(Number(written));
  });

  it('does not make one player of two', () => {
    const dialect = new Dialect(program);
    const lines = ['1e400', '1e401'].map((id, nth) => `{"event":"player_connected","user":"p${nth}","user_id":${id}}`);
    expect(lines.flatMap((line) => dialect.read(line).events).map(inWords)).toEqual(['in p0 1e400', 'in p1 1e401']);
    const listed = '{"event":"players_list","players":[{"name":"p0","id":1e400},{"name":"p1","id":1e401}]}';
    expect(dialect.read(listed).events).toHaveLength(1);
  });

  it('is no number where the worker before wrote down an infinite one', () => {
    const dialect = new Dialect(program, { players: JSON.parse('[{"name":"ann","id":null}]') as [{ name: string }] });
    expect(readAll(dialect, [goes('ann', 7)]).map(inWords)).toEqual(['out ann 7']);
  });

  it('keeps every digit of a whole number in any field, and no fraction becomes a text', () => {
    const [event] = new Dialect(program).read(
      '{"event":"settings_changed","setting":"seed","value":-417214499790228964,"size":1e400,' +
        '"at_us":1732159245123456,"tps":19.999999999999996,"all":[12345678901234567890,{"id":1e999}]}',
    ).events;
    expect(event).toEqual({
      type: 'settings_changed', setting: 'seed', value: '-417214499790228964', size: '1e400',
      at_us: 1732159245123456, tps: 19.999999999999996, all: ['12345678901234567890', { id: '1e999' }],
    });
  });

  it('leaves the texts in the line, and a line that is no JSON, as they are', () => {
    const message = '"id":76561198012345679, "user_id": 1e400}';
    const line = JSON.stringify({ event: 'chat', user: 'bob', message, n: 1 });
    expect(new Dialect(program).read(line).events).toMatchObject([{ message, n: 1 }]);
    for (const wrong of ['0123456789012345678', '1e400.5', '1234567890123456x', '+1234567890123456']) {
      expect(new Dialect(program).read(`{"event":"info","n":${wrong}}`).events).toEqual([]);
    }
  });
});

describe('whoever counts the published events', () => {
  const name = fc.constantFrom('ann', 'bob', 'cat');
  const id = fc.option(fc.constantFrom(0, 1, '1', 2, '1e400'), { nil: undefined });
  const said = fc.oneof(
    fc.record({ event: fc.constantFrom('player_connected', 'player_disconnected', 'chat'), user: name, id,
      message: fc.constant('hi') }),
    fc.record({ event: fc.constant('player_renamed'), user: name, old_user: name, id }),
    fc.record({ event: fc.constant('players_list'), players: fc.array(name, { maxLength: 4 }) }),
    fc.record({ event: fc.constant('players_list'), players: fc.array(fc.record({ name, id }), { maxLength: 4 }) }),
  );

  type There = Map<string | undefined, string | number | undefined>;

  /** Takes an event in, and answers what is wrong with it. */
  function judge(there: There, event: GameEvent) {
    const { type } = event;
    const { user, old_user: old, user_id: key } = event as Who;
    const before = type === 'player_renamed' ? old : user;
    const [isThere, had] = [there.has(before), there.get(before)];
    const isOwn = had === undefined || had === key; // a number may be learned after its player came
    const isFree = key === undefined || ![...there].some(([who, one]) => one === key && who !== old);
    switch (type) {
      case 'player_connected':
        there.set(user, key);
        return [isThere && 'in twice', !isFree && 'two players with one number'];
      case 'player_disconnected':
        there.delete(user);
        return [!isThere && 'out twice', !isOwn && 'out with another number'];
      case 'player_renamed': {
        const isTaken = there.has(user);
        there.delete(old);
        there.set(user, key);
        return [!isThere && 'nobody renamed', isTaken && 'two players with one name', !isOwn && 'another number',
          !isFree && 'two players with one number'];
      }
      default: return [];
    }
  }

  it('sees each player in once and out once, with one number, whatever a game says', () => {
    fc.assert(fc.property(fc.array(said, { maxLength: 25 }), (lines) => {
      const dialect = new Dialect(program);
      const there: There = new Map();
      for (const event of readAll(dialect, lines)) {
        expect(judge(there, event).filter((fault) => fault !== false)).toEqual([]);
      }
      const known: There = new Map(dialect.players.map((player) => [player.name, player.id]));
      expect(new Set(there.keys())).toEqual(new Set(known.keys()));
      for (const [user, number] of there) expect([undefined, known.get(user)]).toContain(number);
      const numbers = [...known.values()].filter((one) => one !== undefined).map(String);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(new Set(dialect.leaveAll().map((player) => player.name))).toEqual(new Set(there.keys()));
    }), { numRuns: 500 });
  });
});
