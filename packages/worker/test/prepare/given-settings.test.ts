import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartOrder } from '@pinky/protocol';
import type { PreparationInput } from '../../src/prepare/preparation-input.js';
import { prepareServer } from '../../src/prepare/preparation.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pinky-given-'));
  mkdirSync(join(home, 'pack'));
  const manifest = {
    name: 'g',
    version: '1',
    run: ['sh', '-c', 'exit'],
    schema: { motd: { type: 'string' } },
  };
  writeFileSync(join(home, 'pack/funpack.json'), JSON.stringify(manifest));
});
afterEach(() => rmSync(home, { recursive: true }));

/** A start up to the moment when the settings are known to be good. */
function prepareWith(settings: StartOrder['settings'], given?: readonly string[]): Promise<unknown> {
  const input = {
    config: { funpacks: [], allowedHosts: [] },
    files: {
      paths: { working: join(home, 'working'), datafile: join(home, 'datafile') },
      box: { cacheDir: join(home, 'cache'), shared: join(home, 'shared') },
    },
    start: {
      serverId: 's1',
      funpack: { url: join(home, 'pack') },
      ram: { min: 1, max: 1 },
      settings,
      ...(given && { given }),
    },
    port: 10_000,
    hasWorld: true,
    parking: { isInPlace: true },
    signal: new AbortController().signal,
    onProgress: () => undefined,
    onLine: () => undefined,
    takePorts: () => ({ port: 10_000, ports: {} }),
    onFunpack: () => undefined,
    onWorld: () => undefined,
    confine: () => undefined,
  };
  return prepareServer(input as unknown as PreparationInput); // the fields that a preparation without a world reads
}

it('refuses a setting that somebody has just given, if the funpack does not know it', async () => {
  await expect(prepareWith({ motd: 'x', mtod: 'y' }, ['motd', 'mtod'])).rejects.toMatchObject({
    code: 'bad_settings',
    message: expect.stringContaining('mtod is not a setting of it (did you mean motd?)'),
  });
});

it('keeps an unknown setting that the server had before', async () => {
  await expect(prepareWith({ motd: 'x', old: 'y' }, ['motd'])).resolves.toMatchObject({
    context: { settings: { motd: 'x', old: 'y' } },
  });
  await expect(prepareWith({ old: 'y' })).resolves.toMatchObject({ context: { settings: { old: 'y' } } });
});
