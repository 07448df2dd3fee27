import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deferred, parkOf, type BoxConfig, type CommandResult } from '@pinky/protocol';
import { HeldServers } from '../../src/definitions/held-servers.js';
import { ServerRemoval, type ServerRemovalOptions } from '../../src/definitions/server-removal.js';

describe('the removal of a server with a parked world', () => {
  let home: string;
  beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'pinky-removal-')); });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const setUp = () => {
    const servers = join(home, 'servers');
    const parks = parkOf(servers, 'a');
    const world = join(parks, '1000000000000-abcd');
    mkdirSync(world, { recursive: true });
    writeFileSync(join(home, 'a.1.tar.lzo'), '');
    writeFileSync(join(home, 'a.1.note.json'), '{"verifiedAt":1}');
    const backup = pathToFileURL(join(home, 'a.1.tar.lzo')).href;
    writeFileSync(`${world}.json`, JSON.stringify({ format: 1, newest: 1, backup }));
    writeFileSync(join(parks, '1000000000001-abcd.json'), '{'); // of a world that is gone
    const [held, removed, forgotten, routed] = [new HeldServers(), deferred<void>(), [] as string[], [] as unknown[]];
    // It calls only these methods of a book.
    const book = {
      get: () => ({ wanted: 'down' }),
      forget: async (serverId: string) => void forgotten.push(serverId),
    } as unknown as ServerRemovalOptions['book'];
    const removal = new ServerRemoval({
      book,
      held,
      router: {
        route: async ({ command }): Promise<CommandResult> => {
          routed.push(command);
          await removed.promise;
          rmSync(world, { recursive: true }); // as a worker does
          rmSync(`${world}.json`);
          return { serverId: 'a', state: 'down' };
        },
      },
      statusOf: () => undefined,
      isExpected: () => false,
      isStarting: () => false,
      config: () => ({ home, servers, backups: join(home, 'backups') }) as BoxConfig,
    });
    return { removal, held, removed, routed, forgotten, parks };
  };
  const rm = { command: { name: 'rm', data: { serverId: 'a' } }, id: '1', deadlineMs: 1_000 } as const;

  it.each<[string, (removal: ServerRemoval) => Promise<unknown>]>([
    ['by a command', (removal) => removal.remove(rm)],
    ['because nobody uses it', (removal) => removal.forget('a')],
  ])('%s leaves the world to a worker, and lets nothing start it meanwhile', async (_, remove) => {
    const { removal, held, removed, routed, forgotten, parks } = setUp();
    const over = remove(removal);
    const notNow = { code: 'not_ready', message: expect.stringContaining('is being removed') as string };
    expect(() => held.assertFree('a')).toThrow(expect.objectContaining(notNow));
    await expect(removal.remove(rm)).rejects.toMatchObject(notNow);
    removed.resolve();
    await over;
    expect(routed).toEqual([rm.command]);
    expect([forgotten, existsSync(parks), held.has('a')]).toEqual([['a'], false, false]);
  });

  it('that fails lets the server be started again', async () => {
    const { removal, held, removed, forgotten, parks } = setUp();
    removed.promise.catch(() => undefined); // it is waited for later
    const over = removal.forget('a');
    removed.reject(new Error('the worker died'));
    await expect(over).rejects.toThrow('the worker died');
    expect([forgotten, existsSync(parks), held.has('a')]).toEqual([[], true, false]);
  });
});
