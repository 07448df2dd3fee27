import { lutimes, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findFunpack } from '../../src/store/find-funpack.js';
import { pruneCache } from '../../src/store/prune-cache.js';
import type { PruneTask } from '../../src/task/tasks.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { testWork } from '../support/work.js';

const tempDir = tempDirs();
const hourMs = 3_600_000;
const digest = (letter: string): string => letter.repeat(64);

/** A cache whose entries were last used some hours before `now`. */
class Cache {
  readonly now = Date.now() + 1_000 * hourMs;
  constructor(readonly dir: string) {}

  static async make(): Promise<Cache> {
    return new Cache(await tempDir());
  }

  async funpack(letter: string, hoursAgo: number, bytes = 10): Promise<void> {
    const dir = await writeFiles(join(this.dir, 'cache', 'funpacks', digest(letter)), {
      'funpack.json': 'x'.repeat(bytes),
    });
    await this.#age([dir], hoursAgo);
  }

  async shared(letter: string, hoursAgo: number): Promise<void> {
    const link = join(this.dir, 'cache', 'shared', digest(letter));
    await writeFiles(`${link}.data`, { 'game.jar': 'x' });
    await symlink(`${digest(letter)}.data`, link);
    await this.#age([link, `${link}.data`], hoursAgo);
  }

  async server(id: string, record: string): Promise<void> {
    await mkdir(join(this.dir, 'servers', id), { recursive: true });
    await writeFile(join(this.dir, 'servers', id, 'server.json'), record);
  }

  async definition(id: string, text: string): Promise<void> {
    await mkdir(join(this.dir, 'definitions'), { recursive: true });
    await writeFile(join(this.dir, 'definitions', `${id}.json`), text);
  }

  prune(limits: Partial<PruneTask> = {}) {
    const task = {
      type: 'prune',
      cacheDir: join(this.dir, 'cache'),
      servers: join(this.dir, 'servers'),
      definitions: join(this.dir, 'definitions'),
      unusedForMs: 48 * hourMs,
      unusedBytes: 1e9,
      ...limits,
    } as const;
    return pruneCache(task, testWork({ wallNow: () => this.now }));
  }

  async left(folder: 'funpacks' | 'shared'): Promise<string> {
    const names = (await readdir(join(this.dir, 'cache', folder))).filter((name) => !name.startsWith('.'));
    return names.map((name) => name.slice(63)).sort().join(' ');
  }

  async #age(paths: readonly string[], hoursAgo: number): Promise<void> {
    const seconds = (this.now - hoursAgo * hourMs) / 1000;
    for (const path of paths) await lutimes(path, seconds, seconds);
  }
}

describe('pruning the cache', () => {
  it('removes what no server has used for long: the funpack, and what its bootstrap fetched', async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 49);
    await cache.shared('a', 49);
    await cache.funpack('b', 47);
    await cache.shared('b', 47);
    expect(await cache.prune()).toMatchObject({ removed: [digest('a'), digest('a')] });
    expect([await cache.left('funpacks'), await cache.left('shared')]).toEqual(['b', 'b b.data']);
  });

  it('never removes the funpack of a server that is down, nor anything if a definition cannot be read', async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 500);
    await cache.funpack('b', 500);
    await cache.definition('one', JSON.stringify({ digest: digest('a') }));
    await cache.definition('two', 'half');
    expect(await cache.prune({ unusedBytes: 1 })).toEqual({ removed: [], freedBytes: 0 });
    await cache.definition('two', '{}');
    expect(await cache.prune({ unusedBytes: 1 })).toMatchObject({ removed: [digest('b')] });
  });

  it('never removes what a server uses, however old and large, and counts its age from the last use', async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 500);
    await cache.shared('a', 500);
    await cache.server('one', JSON.stringify({ funpack: { digest: digest('a') } }));
    expect(await cache.prune({ unusedBytes: 1 })).toEqual({ removed: [], freedBytes: 0 });
    await cache.server('one', '{}');
    expect(await cache.prune()).toEqual({ removed: [], freedBytes: 0 });
  });

  it('removes the least recently used entries first if there is too much, and none of the last hour', async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 3, 100_000);
    await cache.funpack('b', 2, 100_000);
    await cache.funpack('c', 0.5, 100_000);
    expect(await cache.prune({ unusedBytes: 150_000 })).toMatchObject({
      removed: [digest('a')],
      freedBytes: expect.any(Number) as number,
    });
    expect(await cache.left('funpacks')).toBe('b c');
  });

  it("removes nothing while a server's record cannot be read, because nobody knows what it uses", async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 500);
    await cache.server('one', '{"funpack":');
    expect(await cache.prune()).toEqual({ removed: [], freedBytes: 0 });
  });

  it('counts a look as use, so that a start does not lose what it is about to run', async () => {
    const cache = await Cache.make();
    await cache.funpack('a', 1_500); // before the real time, which a use has
    const context = { cacheDir: join(cache.dir, 'cache'), funpackPaths: [], allowedHosts: [] };
    expect(findFunpack({ url: 'http://127.0.0.1/a.tar', sha256: digest('a') }, context)).toMatchObject({
      digest: digest('a'),
    });
    expect(await cache.prune({ unusedForMs: 1_100 * hourMs })).toEqual({ removed: [], freedBytes: 0 });
  });

  it('accepts a cache that does not exist yet', async () => {
    expect(await (await Cache.make()).prune()).toEqual({ removed: [], freedBytes: 0 });
  });
});
