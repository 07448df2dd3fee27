import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { silentLogger } from '@pinky/protocol';
import { removeDrafts } from '../../src/keep/drafts.js';

it('removes the drafts of writers that were killed, and no other file', () => {
  const home = mkdtempSync(join(tmpdir(), 'pinky-drafts-'));
  const { pid: dead } = spawnSync('true'); // a moment ago it was a process
  const write = (name: string, ageS = 60): string => {
    const file = join(home, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '{');
    const at = Date.now() / 1_000 - ageS;
    utimesSync(file, at, at);
    return file;
  };
  try {
    const ofHome = ['maintenance.json', 'effective.json', 'identity', 'api/address.json'];
    const left = [...ofHome, 'backups/worlds/.retention.json'];
    const ofRecords = [write(`api/tokens/.abc123.${dead}`), write(`.webhook-wh_abc.${dead}`)];
    const drafts = [...left.map((name) => write(`${name}.${dead}`)), ...ofRecords];
    const others = [
      ...left.map((name) => write(name)),
      write(`maintenance.json.${process.pid}`), // of one that lives
      write(`identity.${dead}.copy`),
      write(`notes.json.${dead}`),
      write(`api/tokens/abc123`),
    ];
    const young = write(`effective.json.${dead}1`, 0);
    removeDrafts({ home, backups: join(home, 'backups') }, Date.now(), silentLogger);
    expect(drafts.filter((file) => existsSync(file))).toEqual([]);
    expect([...others, young].filter((file) => !existsSync(file))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
