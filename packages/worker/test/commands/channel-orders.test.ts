import type { FunpackManifest } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { RconServer } from '../channel/rcon-server.js';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('orders to a game that listens by RCON', () => {
  const dir = tempDir();
  let server: RconServer;
  afterEach(() => server.close());

  async function up(more: Partial<FunpackManifest> = {}): Promise<LifeBench> {
    const replies: Readonly<Record<string, readonly string[]>> = {
      who: ['hello\nonline: bob, al ice\n'],
      'kick "al ice"': ['Kicked al ice'],
      'kick "ann"': ['No such player: ann'],
    };
    server = new RconServer({ reply: (command) => replies[command] ?? [''] });
    const port = await server.listen();
    const bench = await new LifeBench(dir(), {
      orders: { via: 'rcon', port, password: 'secret' },
      commands: {
        kick: {
          send: 'kick "{user}"',
          confirm: { pattern: '^Kicked {user}$', reject: '^No such player', timeoutMs: 1 },
        },
      },
      ...more,
    }).up();
    for (const user of ['ann', 'al ice']) bench.machine.game.say('player_connected', { user });
    return bench;
  }

  it('go there and not to its stdin, and the reply may confirm them', async () => {
    const bench = await up();
    expect(await bench.command('kick', { user: 'al ice', message: '' })).toMatchObject({
      delivery: 'confirmed',
      reply: ['Kicked al ice'],
    });
    await expect(bench.command('kick', { user: 'ann', message: '' })).rejects.toMatchObject({ code: 'order_rejected' });
    expect([server.heard, bench.machine.game.heard]).toEqual([['kick "al ice"', 'kick "ann"'], []]);
  });

  it('are not offered without a template: nobody knows what the game understands', async () => {
    const bench = await up();
    await expect(bench.command('broadcast', { message: 'hi' })).rejects.toMatchObject({ code: 'unsupported' });
    expect(server.heard).toEqual([]);
  });

  it('bring back what the game replies to a raw line', async () => {
    const bench = await up();
    expect(await bench.command('console', { line: 'kick "ann"' })).toMatchObject({ reply: ['No such player: ann'] });
  });

  it('have a list read from the reply', async () => {
    const rule = { pattern: '^online: (?<players>.*)$', event: 'players_list' };
    const bench = await up({ console: [rule], commands: { list: 'who' } });
    expect(await bench.command('list')).toMatchObject({ players: ['bob', 'al ice'] });
  });

  it('stop the game, in its own words, one after the other', async () => {
    const bench = await up({ stop: [{ send: 'save' }, { send: 'quit' }], stopTimeoutMs: 100 });
    const stopped = bench.command('stop');
    await until('both are heard', () => server.heard.length === 2);
    expect(server.heard).toEqual(['save', 'quit']);
    bench.machine.game.exit({ code: 0 });
    await turns();
    expect(await stopped).toMatchObject({ state: 'down' });
  });
});
