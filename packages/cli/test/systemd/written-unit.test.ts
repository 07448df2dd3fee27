import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unitFile, type UnitParts } from '../../src/systemd/unit-file.js';
import { renewedText, writtenUnits } from '../../src/systemd/written-unit.js';
import { earlierUnit } from './unit-of-an-earlier-version.js';

const parts: UnitParts = {
  unit: 'pinky',
  node: process.execPath,
  pinky: '/opt/pinky/packages/cli/bin/pinky',
  supervisor: '/opt/pinky/packages/box/dist/program/main.js',
  home: '/srv/games',
  configFile: undefined,
  environmentFile: '/etc/default/pinky',
  user: undefined,
};

describe('a unit that was found again', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-units-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const written = (text: string, name = 'pinky.service'): void => writeFileSync(join(dir, name), text);
  const found = (home = '/srv/games') => writtenUnits(dir, home);

  it.each<[string, Partial<UnitParts>]>([
    ['usual', {}],
    ['with a user and a configuration file', { user: 'pinky', configFile: '/etc/pinky.yml' }],
    ['with odd paths', {
      home: '/srv/100% "my" $games',
      configFile: '/etc/a b\\c.yml',
      node: '/opt/node 24/bin/node',
      supervisor: '/opt/my pinky/packages/box/dist/program/main.js',
    }],
    ['of an earlier version', { supervisor: '/opt/pinky/packages/cli/dist/box/main.js' }],
  ])('has the parts that it was made from: %s', (_, change) => {
    const made = { ...parts, ...change };
    written(unitFile(made));
    expect(found(made.home)).toEqual([
      {
        path: join(dir, 'pinky.service'),
        text: unitFile(made),
        parts: made,
        isChanged: false,
      },
    ]);
  });

  it('has the name of its file', () => {
    written(unitFile({ ...parts, unit: 'second' }), 'second.service');
    expect(found()[0]?.parts.unit).toBe('second');
  });

  it('of version 0.1.0 is known, although it has no checksum', () => {
    written(earlierUnit('/srv/games'));
    expect(found()).toMatchObject([
      {
        isChanged: false,
        parts: { user: 'pinky', configFile: '/etc/pinky.yml', home: '/srv/games' },
      },
    ]);
  });

  it.each<[string, (text: string) => string]>([
    ['a value', (text) => text.replace('TimeoutStopSec=30min', 'TimeoutStopSec=2h')],
    ['a new setting', (text) => text.replace('[Install]', 'Nice=5\n\n[Install]')],
    ['a setting that was removed', (text) => text.replace('WatchdogSec=60\n', '')],
  ])('is known to be changed by hand: %s', (_, change) => {
    for (const text of [unitFile(parts), earlierUnit('/srv/games')]) {
      written(change(text));
      expect(found()).toMatchObject([{ isChanged: true }]);
    }
  });

  it.each<[string, string]>([
    ['of another home', unitFile({ ...parts, home: '/srv/other' })],
    ['that somebody else wrote', unitFile(parts).replace('# Written by', '# Inspired by')],
    ['that starts another program', unitFile({ ...parts, supervisor: '/usr/bin/games.js' })],
    ['that is empty', ''],
  ])('is left out if it is one %s', (_, text) => {
    written(text);
    expect(found()).toEqual([]);
  });

  it('is not looked for in a folder that does not exist', () => {
    expect(writtenUnits(join(dir, 'none'), '/srv/games')).toEqual([]);
  });

  it('is made anew with the programs of this version, and keeps a Node that exists', () => {
    written(unitFile({ ...parts, user: 'pinky', supervisor: '/opt/pinky/packages/cli/dist/box/main.js' }));
    const [unit] = found();
    const text = unit && renewedText(unit);
    expect(text).toContain('User=pinky');
    expect(text).toMatch(/^ExecStart=\S+ \/\S+\/packages\/box\/dist\/program\/main\.js \/srv\/games -/m);
    expect(text).not.toContain('/opt/pinky');
    written(unitFile({ ...parts, node: '/no/such/node' }));
    const [without] = found();
    expect(without && renewedText(without)).toContain(`ExecReload=${process.execPath} `);
  });
});
