import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renewalText, renewUnits, type Renewal } from '../../src/upgrade/renew-units.js';
import { earlierUnit } from '../systemd/unit-of-an-earlier-version.js';

describe('the units of a box at an upgrade', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-renew-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const path = (): string => join(dir, 'pinky.service');
  const renew = (home = '/srv/games'): Promise<readonly Renewal[]> => renewUnits({ home, dir, service: undefined });

  it('are rewritten once, to start the programs of this version', async () => {
    writeFileSync(path(), earlierUnit('/srv/games'));
    expect(await renew()).toEqual([{ path: path(), outcome: 'rewritten' }]);
    expect(readFileSync(path(), 'utf8')).toMatch(/^ExecStart=\S+ \S+\/packages\/box\/dist\/program\/main\.js \/srv/m);
    expect(statSync(path()).mode & 0o777).toBe(0o644);
    expect(await renew()).toEqual([{ path: path(), outcome: 'current' }]);
  });

  it('stay as they are if they were edited by hand', async () => {
    const text = earlierUnit('/srv/games').replace('TimeoutStopSec=30min', 'TimeoutStopSec=2h');
    writeFileSync(path(), text);
    expect(await renew()).toEqual([{ path: path(), outcome: 'changed' }]);
    expect(readFileSync(path(), 'utf8')).toBe(text);
  });

  it('of other homes are not touched', async () => {
    writeFileSync(path(), earlierUnit('/srv/games'));
    expect(await renew('/srv/other')).toEqual([]);
    expect(readFileSync(path(), 'utf8')).toBe(earlierUnit('/srv/games'));
  });

  it('may be links to files elsewhere, which stay links', async () => {
    writeFileSync(join(dir, 'elsewhere'), earlierUnit('/srv/games'));
    symlinkSync('elsewhere', path());
    expect(await renew()).toEqual([{ path: path(), outcome: 'rewritten' }]);
    expect(readFileSync(join(dir, 'elsewhere'), 'utf8')).toContain('/packages/box/dist/program/main.js');
  });

  it.each<[Renewal['outcome'], string]>([
    ['current', 'starts this version already'],
    ['rewritten', 'it starts this version now'],
    ['changed', '`pinky install --systemd` writes it anew'],
    ['closed', '`pinky install --systemd` as root writes it anew'],
  ])('are told of: %s', (outcome, sentence) => {
    expect(renewalText({ path: '/x', outcome })).toContain(sentence);
  });
});
