import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';

let home: string;
beforeEach(() => writeFileSync(join(home = mkdtempSync(join(tmpdir(), 'pinky-config-')), 'isolation'), 'none\n'));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const load = (text: string) => {
  writeFileSync(join(home, 'pinky.yml'), text);
  return loadConfig({ home, env: {} });
};

it('are sets of boxes, whose names may be numbers', () => {
  const { groups } = load('groups:\n  eu: [box-1, 2]\n  all: [box-1, 2, box-3]\n');
  expect(groups).toEqual({ eu: ['box-1', '2'], all: ['box-1', '2', 'box-3'] });
  expect(load('box: x\n').groups).toBeUndefined();
});

it.each(['{eu: box-1}', '{eu: []}', '{"e u": [box-1]}', '{eu: ["box:1"]}', '[eu]'])(
  'are refused as %s, with the line and with what a group is',
  (text) => {
    const said = 'allowed is names of groups, each with a list of 1 to 1000 names of boxes';
    expect(() => load(`box: x\ngroups: ${text}\n`)).toThrow(`${home}/pinky.yml:2: \`groups\` is `);
    expect(() => load(`box: x\ngroups: ${text}\n`)).toThrow(said);
  },
);
