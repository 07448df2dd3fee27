import type { Confirmation, FunpackManifest } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('the answer to an order', () => {
  const dir = tempDir();

  /** A game that is up, with a player whose name is a pattern, if it were read as one. */
  async function up(kick?: Confirmation, more: Partial<FunpackManifest> = {}) {
    const manifest = kick && { commands: { kick: { send: 'kick {id}', confirm: kick } }, escape: { names: '.*' } };
    const bench = await new LifeBench(dir(), { ...manifest, ...more }).up();
    bench.machine.game.say('player_connected', { user: 'a.c (x)', id: 7 });
    bench.machine.game.say('player_connected', { user: 'abc x', id: 8 });
    return bench;
  }
  const kick = (bench: LifeBench) => bench.command('kick', { user: 'a.c (x)', message: 'be good' });

  it('says that it was passed on, where nobody knows more', async () => {
    const bench = await up(undefined, { orders: 'json' });
    expect(await kick(bench)).toMatchObject({ delivery: 'passed_on' });
    expect(await bench.command('broadcast', { message: 'hi' })).toMatchObject({ delivery: 'passed_on' });
    expect(await bench.command('console', { line: 'raw' })).toMatchObject({ delivery: 'passed_on' });
    expect(bench.machine.game.heard).toEqual([
      '{"order":"kick","user":"a.c (x)","message":"be good","id":7}',
      '{"order":"say","message":"hi"}',
      'raw',
    ]);
  });

  it('is unsupported where the funpack has no such order and tells no players, as that of an egg', async () => {
    const console = [{ pattern: '"event":"started"', event: 'started' }];
    const bench = await new LifeBench(dir(), { run: ['./game'], eventLines: false, console }).up();
    expect(bench.life.server.status()).toMatchObject({ players: [], arePlayersUnknown: true });
    for (const [order, data] of [['kick', { user: 'ann' }], ['tell', { user: 'ann' }], ['list', {}]] as const)
      await expect(bench.command(order, { message: '', ...data })).rejects.toMatchObject({ code: 'unsupported' });
    const other = await up();
    expect(other.life.server.status()).not.toHaveProperty('arePlayersUnknown');
  });

  it('says that the game has confirmed it by a line about that player', async () => {
    const bench = await up({ pattern: '^kicked {user} \\({id}\\)$' });
    const answer = kick(bench);
    await turns();
    expect(bench.machine.game.heard).toEqual(['kick 7']);
    bench.machine.game.print('kicked abc x (7)', 'kicked a.c (x) (8)', 'kicked a.c (x) (7) not');
    await bench.pass(1_000);
    bench.machine.game.print('kicked a.c (x) (7)');
    expect(await answer).toMatchObject({ delivery: 'confirmed' });
  });

  it('says that the game has confirmed it by an event about that player', async () => {
    const bench = await up({ event: 'player_disconnected' });
    const answer = kick(bench);
    await turns();
    bench.machine.game.say('player_disconnected', { user: 'abc x' });
    await turns();
    bench.machine.game.say('player_disconnected', { user: 'a.c (x)' });
    expect(await answer).toMatchObject({ delivery: 'confirmed' });
  });

  it('says no more than is known if the game says nothing in time', async () => {
    const bench = await up({ event: 'player_disconnected', timeoutMs: 3_000 });
    const answer = kick(bench);
    await bench.pass(3_000);
    expect(await answer).toMatchObject({ delivery: 'passed_on' });
  });

  it('is an error with the game\'s own words if the game refuses it', async () => {
    const bench = await up({ event: 'player_disconnected', reject: '^No such client: {id}$' });
    const answer = kick(bench);
    await turns();
    bench.machine.game.print('No such client: 7');
    await expect(answer).rejects.toMatchObject({
      code: 'order_rejected',
      message: 'server one: the game did not kick: No such client: 7',
    });
  });

  it('is an error for an order that the funpack does not support, and the game hears nothing', async () => {
    const bench = await up(undefined, { supports: ['say'] });
    await expect(kick(bench)).rejects.toMatchObject({ code: 'unsupported' });
    expect(await bench.command('list')).toMatchObject({ players: ['a.c (x)', 'abc x'] });
    expect(bench.machine.game.heard).toEqual([]);
  });
});
