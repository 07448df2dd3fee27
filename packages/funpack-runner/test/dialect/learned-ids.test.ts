import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { parseManifest } from '../../src/funpack/manifest.js';

const manifest: FunpackManifest = {
  name: 'g',
  version: '1',
  run: ['g'],
  console: [
    { pattern: '^up$', event: 'started' },
    { pattern: '^UUID of player (?<user>\\S+) is (?<id>\\S+)$', event: 'player_id' },
    { pattern: '^(?<user>\\S+) joined$', event: 'player_connected' },
    { pattern: '^slot (?<id>\\S+) is in$', event: 'player_connected' },
    { pattern: '^slot (?<id>\\S+) left$', event: 'player_disconnected' },
    { pattern: '^slot (?<id>\\S+) says (?<message>.*)$', event: 'chat' },
  ],
  commands: { kick: 'kick {id}' },
};
const eventsOf = (dialect: Dialect, ...lines: string[]) => lines.flatMap((line) => dialect.read(line).events);

describe('a number that a line of its own brings together with a name', () => {
  it('is that of the player who comes in by name, and can be used in orders', () => {
    const dialect = new Dialect(manifest);
    expect(eventsOf(dialect, 'UUID of player ann is a-1')).toEqual([]);
    expect(eventsOf(dialect, 'ann joined')).toEqual([{ type: 'player_connected', user: 'ann', user_id: 'a-1' }]);
    expect(dialect.stdin({ type: 'kick', user: 'ann', message: '' })).toEqual(['kick a-1']);
    expect(eventsOf(dialect, 'slot a-1 says hi')).toMatchObject([{ type: 'chat', user: 'ann', message: 'hi' }]);
  });

  it('finds the name of a player who comes in by number, and the newest line counts', () => {
    const dialect = new Dialect(manifest);
    expect(eventsOf(dialect, 'slot 1 is in')).toEqual([]); // of nobody who is known
    expect(eventsOf(dialect, 'UUID of player ann is 1', 'UUID of player bob is 1', 'slot 1 is in')).toMatchObject([
      { type: 'player_connected', user: 'bob', user_id: '1' },
    ]);
    expect(eventsOf(dialect, 'slot 1 left')).toMatchObject([{ type: 'player_disconnected', user: 'bob' }]);
  });

  it('counts too for a player who is connected already', () => {
    const dialect = new Dialect(manifest);
    eventsOf(dialect, 'ann joined', 'UUID of player ann is 7');
    expect(dialect.players).toEqual([{ name: 'ann', id: '7' }]);
    expect(eventsOf(dialect, 'slot 7 left')).toMatchObject([{ type: 'player_disconnected', user: 'ann' }]);
  });

  it('and a table that is half read are what the next reader goes on with', () => {
    const poll = { every: 1_000, send: 'l', from: '^begin$', row: '^(?<user>\\S+)$', to: '^end$' };
    const polled = { ...manifest, poll };
    const first = new Dialect(polled);
    expect(first.half).toBeUndefined();
    eventsOf(first, 'UUID of player ann is a-1', 'begin', 'ann');
    expect(first.half).toEqual({ table: [{ name: 'ann' }], known: [{ name: 'ann', id: 'a-1' }] });
    const state = { half: JSON.parse(JSON.stringify(first.half)) as NonNullable<typeof first.half> };
    const unknown = new Dialect({ name: 'unknown', version: '0' }, state);
    const next = new Dialect(polled, unknown);
    expect(eventsOf(next, 'bob', 'end')).toMatchObject([
      { type: 'players_list' },
      { type: 'player_connected', user: 'ann' },
      { type: 'player_connected', user: 'bob' },
    ]);
    expect(eventsOf(next, 'slot a-1 says x')).toMatchObject([{ user: 'ann' }]);
  });

  it('is kept for a while, however many come', () => {
    const dialect = new Dialect(manifest);
    for (let at = 0; at < 300; at += 1) eventsOf(dialect, `UUID of player p${at} is ${at}`);
    expect(dialect.half?.known).toHaveLength(200);
    expect(eventsOf(dialect, 'slot 299 is in')).toMatchObject([{ user: 'p299' }]);
  });

  it('is no event of anything else', () => {
    const wrong = { ...manifest, console: [{ pattern: 'x', event: 'player_ids' }] };
    expect(parseManifest(JSON.stringify(wrong)).faults).toEqual([
      'console[0].event: "player_ids" is not an event of a game',
    ]);
    expect(parseManifest(JSON.stringify(manifest)).faults).toEqual([]);
  });
});
