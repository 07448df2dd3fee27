import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { FunpackProcess } from './funpack-process.js';
import { LinePlayer } from './line-player.js';

let game: FunpackProcess;
let players: LinePlayer[];
let exit: Promise<number | NodeJS.Signals>;
let port: number;

async function start(settings: Record<string, unknown> = {}): Promise<void> {
  game.prepare(settings);
  exit = game.launch(0);
  port = Number((await game.event({ event: 'started' }))['port']);
}

async function joined(name: string): Promise<LinePlayer> {
  const player = new LinePlayer(port, name);
  players.push(player);
  await player.hears(`Hello ${name}`);
  return player;
}

beforeEach(() => {
  game = new FunpackProcess('emberhollow');
  players = [];
});

afterEach(async () => {
  for (const player of players) player.leave();
  await game.dispose();
});

describe('the host of Emberhollow', () => {
  it('is told who comes, what they say and who leaves', async () => {
    await start();
    const alice = await joined('alice');
    alice.type('say good morning');
    await game.event({ event: 'chat', user: 'alice', message: 'good morning' });
    alice.type('quit');
    await game.event({ event: 'player_disconnected', user: 'alice', reason: 'quit' });
    expect(game.events.map(({ event }) => event)).toEqual([
      'started',
      'player_connected',
      'chat',
      'player_disconnected',
    ]);
  });

  it('speaks to everybody and to one player, lists players, and kicks', async () => {
    await start();
    const [alice, bob] = [await joined('alice'), await joined('bob')];
    game.send('say dinner is ready');
    game.send('tell bob yours is cold');
    game.send('list');
    game.send('kick alice be good');
    await alice.closed;
    await bob.hears('alice leaves');
    expect(alice.text).toContain('[Server] dinner is ready');
    expect(alice.text).toContain('You were kicked: be good');
    expect(alice.text).not.toContain('cold');
    expect(bob.text).toContain('[Server to you] yours is cold');
    expect((await game.event({ event: 'players_list' }))['players']).toEqual(['alice', 'bob']);
    await game.event({ event: 'player_disconnected', user: 'alice', reason: 'kicked: be good' });
  });

  it('changes some settings while people play, and is told why others wait', async () => {
    await start({ motd: 'the old one', maxPlayers: 2 });
    game.send('set motd the new one');
    await game.event({ event: 'settings_changed', setting: 'motd', value: 'the new one' });
    game.send('set banned mallory, trudy');
    const banned = await game.event({ event: 'settings_changed', setting: 'banned' });
    expect(banned['value']).toEqual(['mallory', 'trudy']);
    game.send('set maxPlayers 1');
    await game.event({ event: 'settings_changed', setting: 'maxPlayers', value: 1 });
    const ann = await joined('ann');
    await ann.hears('the new one');
    for (const wrong of ['maxPlayers none', 'maxPlayers 0', 'debug true', 'weather rain']) {
      game.send(`set ${wrong}`);
      await game.event({ event: 'warning', kind: 'not_set', setting: wrong.split(' ')[0] ?? '' });
    }
  });

  it('is warned about unknown players and unknown orders', async () => {
    await start();
    game.send('tell nobody hello');
    game.send('constructor');
    game.send('debug crash');
    await game.event({ event: 'warning', kind: 'no_such_player', user: 'nobody' });
    await game.event({ event: 'warning', kind: 'unknown_order' });
    await game.event({ event: 'warning', kind: 'debug_off' });
  });

  it('gets a fatal error and exit code 1 when the port is in use', async () => {
    const other = createServer().listen(0);
    await new Promise((listening) => other.once('listening', listening));
    game.prepare({});
    exit = game.launch((other.address() as AddressInfo).port);
    await expect(exit).resolves.toBe(1);
    expect(game.events).toEqual([expect.objectContaining({ event: 'fatal_error', kind: 'EADDRINUSE' })]);
    other.close();
  });

  it('keeps its players when its console takes no more bytes', async () => {
    await start();
    game.send('stop');
    await exit;
    // A fixed port, because a console that takes nothing cannot say which one it is.
    exit = game.launch(port, '/dev/full');
    const alice = await connected('alice');
    alice.type('say is anybody there');
    await alice.hears('<alice> is anybody there');
    game.signal('SIGTERM');
    await expect(exit).resolves.toBe(0);
  });
});

/** Joins a game that cannot say when it listens: tries again until it gets in. */
async function connected(name: string): Promise<LinePlayer> {
  const found = await until(`${name} gets in`, async () => {
    const player = new LinePlayer(port, name);
    const isIn = await Promise.race([player.hears(`Hello ${name}`).then(() => true), player.closed.then(() => false)]);
    return isIn && player;
  });
  players.push(found);
  return found;
}

describe('the world of Emberhollow', () => {
  it('is as the players left it after a stop, with their bags and places', async () => {
    await start();
    const alice = await joined('alice');
    alice.type('north', 'gather 3 wood', 'craft plank', 'build sign Alice was here');
    await alice.hears('You build a wooden sign');
    game.send('stop');
    await expect(exit).resolves.toBe(0);
    await start();
    const again = await joined('alice');
    await again.hears('It says: "Alice was here"');
    again.type('bag', 'score');
    await again.hears('You carry 1 wood');
    await again.hears('Your renown: 1.');
  });

  it('is saved on order and on TERM, and only as whole files', async () => {
    await start();
    const alice = await joined('alice');
    alice.type('north', 'gather 2 wood');
    await alice.hears('You gather 2 wood');
    game.send('save');
    await game.event({ event: 'info', kind: 'saved' });
    expect(game.import()).toEqual({ paths: ['world.json'] });
    alice.type('drop wood');
    await alice.hears('You drop 1 wood');
    game.signal('SIGTERM');
    await expect(exit).resolves.toBe(0);
    const world = JSON.parse(readFileSync(join(game.working, 'world.json'), 'utf8')) as {
      places: { forest: { ground: unknown } };
    };
    expect(world.places.forest.ground).toEqual({ wood: 1 });
    expect(existsSync(join(game.working, 'world.json.new'))).toBe(false);
  });

  it('comes from the save before when the newest is unreadable, and stays when both are', async () => {
    await start();
    game.send('stop');
    await exit;
    writeFileSync(join(game.working, 'world.previous.json'), readFileSync(join(game.working, 'world.json')));
    writeFileSync(join(game.working, 'world.json'), '{"places":');
    await start();
    expect(game.events[0]).toMatchObject({ event: 'warning', kind: 'world' });
    game.signal('SIGKILL');
    await exit;
    writeFileSync(join(game.working, 'world.previous.json'), 'no');
    exit = game.launch(0);
    await expect(exit).resolves.toBe(70);
    expect(game.events).toEqual([expect.objectContaining({ event: 'fatal_error' })]);
    expect(readFileSync(join(game.working, 'world.json'), 'utf8')).toBe('{"places":');
  });
});

describe('a player of Emberhollow', () => {
  it('has a name alone while connected, and for good with a password', async () => {
    await start();
    const alice = await joined('alice');
    const thief = new LinePlayer(port, 'ALICE');
    players.push(thief);
    await thief.hears('ALICE is here already');
    alice.type('password open sesame');
    await alice.hears('yours alone');
    alice.leave();
    await game.event({ event: 'player_disconnected', user: 'alice' });
    const second = new LinePlayer(port, 'alice');
    players.push(second);
    await second.hears('What is it?');
    second.type('guess');
    await second.closed;
    const third = new LinePlayer(port, 'alice');
    players.push(third);
    await third.hears('What is it?');
    third.type('open sesame');
    await third.hears('Hello alice');
  });

  it('cannot send control characters, second lines or telnet options to others or to the console', async () => {
    await start();
    const [alice, bob] = [await joined('alice'), await joined('bob')];
    alice.bytes(Buffer.concat([Buffer.from([255, 253, 1]), Buffer.from('say a\u001b[31mb\u202ec\rd\u2028e\n')]));
    await bob.hears('<alice> a[31mbcde');
    await game.event({ event: 'chat', user: 'alice', message: 'a[31mbcde' });
    alice.bytes(Buffer.alloc(5_000, 'x'));
    await alice.closed;
  });

  it('stays outside when banned, or when the game is full', async () => {
    await start({ banned: ['Eve'], maxPlayers: 1 });
    const eve = new LinePlayer(port, 'eve');
    await eve.closed;
    expect(eve.text).toContain('stays closed');
    await joined('alice');
    const bob = new LinePlayer(port, 'bob');
    await bob.closed;
    expect(bob.text).toContain('is full');
  });

  it('can build a bridge, which opens a way for everybody', async () => {
    await start();
    const alice = await joined('alice');
    alice.type('east', 'east');
    await alice.hears('There is no bridge here yet');
    alice.type('west', 'n', 'gather 12 wood', ...Array<string>(6).fill('craft plank'));
    await alice.hears(/(You make a plank\.\s+){6}/);
    alice.type('s', 's', 'gather 8 flax', ...Array<string>(4).fill('craft rope'), 'n', 'e', 'build bridge', 'e');
    await alice.hears('Together you have done it: A bridge over the river');
    await alice.hears('== The Far Bank ==');
  });
});
