import { utf8 } from '@pinky/funpack-runner/light';
import { systemClock } from '@pinky/protocol';
import { Rcon } from '../../src/channel/rcon.js';
import { RconServer, type RconHabits } from './rcon-server.js';

describe('RCON', () => {
  let server: RconServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function rcon(habits: RconHabits = {}, password = '{settings.rconPassword}'): Promise<Rcon> {
    server = new RconServer(habits);
    const port = await server.listen();
    const settings: Readonly<Record<string, string>> = {
      'settings.rconPassword': 'secret',
      'settings.rconPort': String(port),
    };
    const placeholders = (name: string) => settings[name];
    const options = { serverId: 'one', placeholders, clock: systemClock, encoding: utf8 };
    return new Rcon({ via: 'rcon', port: '{settings.rconPort}', password }, options);
  }

  it.each([
    ['as Minecraft speaks it', {}],
    ['as Source speaks it', { isSource: true }],
    ['in single bytes', { isSlow: true, isSource: true }],
  ])('says several lines in order and brings the replies back, %s', async (_how, habits) => {
    const channel = await rcon(habits);
    expect(await channel.say(['say "hi"', 'kick ünal'])).toEqual({ lines: ['done: say "hi"', 'done: kick ünal'] });
    expect(server?.heard).toEqual(['say "hi"', 'kick ünal']);
  });

  it('puts a reply of several packets together, and cuts it into lines without colours', async () => {
    const channel = await rcon({ reply: () => ['a'.repeat(4_000), 'b\u001b[31m\nc\u0007\r\n\n', ] });
    const { lines } = await channel.say(['list']);
    expect(lines).toEqual([`${'a'.repeat(4_000)}b`, 'c']);
  });

  it('takes a command that has no reply as said', async () => {
    const channel = await rcon({ reply: () => [] });
    expect(await channel.say(['quit'])).toEqual({ lines: [] });
    expect(server?.heard).toEqual(['quit']);
  });

  it('fails if the password is wrong, and says nothing then', async () => {
    const channel = await rcon({}, 'guess');
    await expect(channel.say(['quit'])).rejects.toMatchObject({
      code: 'order_failed',
      message: 'server one: the game refuses the RCON password',
    });
    expect(server?.heard).toEqual([]);
  });

  it('fails if nobody listens, and if something else does', async () => {
    const channel = await rcon({ noise: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') });
    await expect(channel.say(['x'])).rejects.toMatchObject({
      code: 'order_failed',
      message: 'server one: what answers at its RCON port is no RCON',
    });
    await server?.close();
    await expect(channel.say(['x'])).rejects.toMatchObject({
      code: 'order_failed',
      message: expect.stringMatching(/127\.0\.0\.1:\d+ does not answer \(ECONNREFUSED\)$/),
    });
    server = undefined;
  });

  it('refuses a port that is none, and a line that no packet holds, before anything is said', async () => {
    const options = { serverId: 'one', placeholders: () => undefined, clock: systemClock, encoding: utf8 };
    const lost = new Rcon({ via: 'rcon', port: '{settings.x}', password: '' }, options);
    await expect(lost.say(['x'])).rejects.toMatchObject({ code: 'order_failed' });
    const channel = await rcon();
    await expect(channel.say(['a', 'é'.repeat(2_044)])).rejects.toMatchObject({ code: 'bad_text' });
    expect(server?.heard).toEqual([]);
  });
});
