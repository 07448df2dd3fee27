import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { loadConfig, reloadConfig } from '../../src/config/index.js';
import { prepareHome, writeEffectiveConfig } from '../../src/home/write-effective-config.js';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-reload-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A box that was started. */
function started(name: string): string {
  const home = join(dir, name);
  mkdirSync(home);
  const config = loadConfig({ home, env: {} });
  prepareHome(config);
  writeEffectiveConfig(config);
  return home;
}

it('refuses the servers of another home, and takes a folder of nobody for the next start', () => {
  const [home, other] = [started('a'), started('b')];
  const ask = (servers: string) => {
    writeFileSync(boxPaths(home).config, `servers: ${servers}\n`);
    return reloadConfig({ home, env: {} });
  };
  const message = expect.stringMatching(/holds the servers of another home, .*\/b;/);
  expect(() => ask(join(other, 'servers'))).toThrow(expect.objectContaining({ code: 'bad_option', message }));
  expect(ask(join(dir, 'mine'))).toMatchObject({ kept: ['servers'], config: { servers: join(home, 'servers') } });
});
