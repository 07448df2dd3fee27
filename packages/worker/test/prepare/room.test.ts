import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { WorldParking } from '../../src/park/world-parking.js';
import { prepareServer } from '../../src/prepare/preparation.js';
import type { PreparationInput } from '../../src/prepare/preparation-input.js';
import { FakeStore } from '../fakes/fake-surroundings.js';
import { LifeBench } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a start on a disk of which the rest belongs to running games', () => {
  const dir = tempDir();
  const setUp = (hasWorld: boolean): { input: PreparationInput; calls: string[] } => {
    const bench = new LifeBench(dir());
    const { files, start, clock, machine } = bench;
    const config = { ...bench.config, disk: { reserve: { percent: 100 } } };
    const calls: string[] = [];
    bench.funpack();
    mkdirSync(files.paths.working, { recursive: true });
    const parking = new WorldParking({ files, machine, config: () => config, clock, store: new FakeStore(() => 0) });
    const input: PreparationInput = {
      config,
      files,
      start,
      port: 1,
      hasWorld,
      parking,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onLine: () => undefined,
      onFunpack: () => void calls.push('funpack'),
      onWorld: () => void calls.push('world'),
      takePorts: () => ({ port: 10_000, ports: {} }),
      onTaken: () => void calls.push('taken'),
      onInstall: () => void calls.push('install'),
      onProgram: () => void calls.push('program'),
      confine: () => undefined,
    };
    return { input, calls };
  };

  it('is refused before anything is fetched', async () => {
    const { input, calls } = setUp(false);
    await expect(prepareServer(input)).rejects.toMatchObject({
      code: 'no_space',
      message: expect.stringContaining(`the start of one needs`) as string,
    });
    expect(calls).toEqual([]);
  });

  it('is not, if it goes on with the world that is in place', async () => {
    const { input, calls } = setUp(true);
    const { context } = await prepareServer(input);
    expect([calls, context.workingDir]).toEqual([['funpack'], join(dir(), 'servers', 'one', 'working')]);
  });
});
