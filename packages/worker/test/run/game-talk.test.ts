import type { FunpackManifest } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import type { Funpack, LaunchContext } from '@pinky/funpack-runner/light';
import { GameTalk } from '../../src/run/game-talk.js';

describe('what is said to a game', () => {
  /** A game whose stdin takes so many lines. */
  function talking(room: number, manifest?: Partial<FunpackManifest>) {
    const clock = new FakeClock();
    const written: string[] = [];
    const game = { isAlive: true, room };
    const from = { players: [{ name: 'ann' }] };
    const talk = new GameTalk({ serverId: 'one', clock, from, isAlive: () => game.isAlive });
    talk.open({
      writeLine: (line) => {
        if (game.room === 0) return false;
        game.room--;
        written.push(line);
        return true;
      },
      drain: () => undefined,
      close: () => written.push('closed'),
    });
    if (manifest) {
      const context: LaunchContext = {
        serverId: 'one',
        port: 10_000,
        ram: { min: 64, max: 64 },
        settings: {},
        workingDir: '/w',
        sharedDir: '/s',
        datafile: '/d',
        home: '/w',
      };
      const whole: FunpackManifest = { name: 'x', version: '1', ...manifest };
      talk.speak({ dir: '/p', digest: '', has: { order: false }, manifest: whole } as Funpack, context);
    }
    return { talk, clock, written, game };
  }

  it('is written line by line', async () => {
    const { talk, written } = talking(2);
    await talk.say(['one', 'two']);
    talk.close();
    talk.close();
    expect(written).toEqual(['one', 'two', 'closed']);
  });

  it('is written wholly or not at all', async () => {
    const { talk, written } = talking(2);
    await expect(talk.say(['one', 'é'.repeat(2_048)])).rejects.toMatchObject({ code: 'bad_text' });
    expect(written).toEqual([]);
  });

  it('waits for a game that has not read its stdin, for five seconds and no longer', async () => {
    const { talk, clock, written, game } = talking(0);
    const late = talk.say(['late']);
    await clock.advance(4_000);
    game.room = 1;
    await clock.advance(50);
    await late;
    expect(written).toEqual(['late']);
    const never = expect(talk.say(['never'])).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await clock.advance(5_000);
    await never;
    expect(clock.sleeping).toBe(0);
  });

  it('is refused if the game has ended meanwhile', async () => {
    const { talk, clock, game } = talking(0);
    const refused = expect(talk.say(['too late'])).rejects.toMatchObject({ code: 'not_running' });
    game.isAlive = false;
    await clock.advance(50);
    await refused;
  });

  it('follows the game\'s dialect; an order that the game does not know is refused', () => {
    const plain = talking(0).talk;
    expect(plain.linesFor({ type: 'tell', user: 'ann', message: 'hi' })).toEqual(['tell ann hi']);
    const { talk } = talking(0, { run: ['game'], commands: { say: 'broadcast {message}' } });
    expect(talk.linesFor({ type: 'say', message: 'hi' })).toEqual(['broadcast hi']);
    expect(() => talk.linesFor({ type: 'list' })).toThrow('server one: funpack x has no list');
  });

  it.each<[string, Partial<FunpackManifest>]>([
    ['no order at all, as of an egg', { run: ['game'], console: [{ pattern: '^up$', event: 'started' }] }],
    ['other orders', { run: ['game'], commands: { say: 'say {message}' } }],
    ['fewer orders than it could', { supports: ['say', 'list'], run: ['game'], orders: 'json' }],
  ])('is refused as unsupported where the funpack has %s, whoever it is about', (_orders, manifest) => {
    const { talk } = talking(0, manifest);
    for (const order of ['tell', 'kick'] as const)
      expect(() => talk.assertOffers(order)).toThrow(`server one: funpack x has no ${order}`);
  });

  it.each<[boolean, string, Partial<FunpackManifest>]>([
    [true, 'a program', {}],
    [true, 'rules of players', { run: ['game'], console: [{ pattern: '^(?<user>.+)', event: 'player_connected' }] }],
    [true, 'a poll', { run: ['game'], console: [], poll: { every: 1_000, send: 'who', from: 'a', row: 'b' } }],
    [true, 'a query', { run: ['game'], console: [], eventLines: false, query: { type: 'x', players: true } }],
    [true, 'orders in JSON', { run: ['game'], eventLines: false, orders: 'json' }],
    [false, 'a query that is about numbers', { run: ['game'], eventLines: false, query: { type: 'x' } }],
    [false, 'only a rule of started', { run: ['game'], console: [{ pattern: '^up$', event: 'started' }] }],
  ])('is %s that somebody can know who is connected, with %s', (isKnown, _with, manifest) => {
    const { talk } = talking(0, manifest);
    const why = 'server one: funpack x does not say how its game tells who is connected';
    if (isKnown) expect(() => talk.assertTellsPlayers()).not.toThrow();
    else expect(() => talk.assertTellsPlayers()).toThrow(why);
  });

  it('is answered with lines that may have colours', async () => {
    const { talk } = talking(0, { run: ['game'] });
    const { signal } = new AbortController();
    const wanted = [/^saved$/, /\x1b\[1msaved/];
    const heard = Promise.all(wanted.map((pattern) => talk.waits.line(pattern, 9, signal)));
    talk.hearLine('\u001b[1msaved\u001b[0m');
    expect(await heard).toEqual([true, true]);
  });

  it('has the placeholders of the launch filled in', () => {
    const { talk } = talking(0, { run: ['game'] });
    expect(talk.expanded('save {port}')).toBe('save 10000');
  });

  it('ends a game with its stop dialogue, or with the word of its dialect', () => {
    expect(talking(0, { stop: [{ send: 'quit' }] }).talk.manifestWithStop.stop).toEqual([{ send: 'quit' }]);
    expect(talking(0).talk.manifestWithStop.stop).toEqual([{ send: 'stop' }]);
  });

  it('keeps the connected players when the funpack becomes known', () => {
    const { talk } = talking(0, {});
    talk.read('{"event":"player_connected","user":"bob"}');
    expect(talk.players.map(({ name }) => name)).toEqual(['ann', 'bob']);
  });
});
