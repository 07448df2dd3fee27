import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { patienceMs } from '@pinky/protocol/testing';
import { loadConfig } from '../../src/config/index.js';
import { prepareHome, writeEffectiveConfig } from '../../src/home/index.js';
import { refreshInOwnProcess } from '../../src/program/refresh-config.js';
import { compile } from '../fake-box.js';

beforeAll(compile);

describe('a configuration that is read again in a process of its own', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-refresh-'));
    writeFileSync(boxPaths(home).isolation, 'none\n'); // nothing is launched here
    const config = loadConfig({ home, env: {} });
    prepareHome(config);
    writeEffectiveConfig(config);
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const refresh = (env: NodeJS.ProcessEnv = {}) => refreshInOwnProcess({ home, env, timeoutMs: patienceMs });
  const effective = (): unknown => JSON.parse(readFileSync(boxPaths(home).effectiveConfig, 'utf8'));

  it('is returned as it was written, from pinky.yml and the given environment', async () => {
    writeFileSync(boxPaths(home).config, 'backup: {keep: 3}\n');
    const config = await refresh({ BACKUPS: '/big/disk' });
    expect(config).toMatchObject({ backups: '/big/disk', backup: { keep: 3 } });
    expect(effective()).toEqual(config);
  });

  it('stays as it is if pinky.yml has a mistake, which is named with its line', async () => {
    const before = effective();
    writeFileSync(boxPaths(home).config, '\nbakup: {keep: 3}\n');
    await expect(refresh()).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringContaining('pinky.yml:2: `bakup` is not an option'),
    });
    expect(effective()).toEqual(before);
  });
});
