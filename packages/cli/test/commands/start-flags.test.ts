import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settingsOf, sourceFlag } from '../../src/commands/servers/start-flags.js';

describe('the flags of pinky start', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-flags-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('keep settings as typed: only exact JSON is more than text', () => {
    expect(
      settingsOf('--set', [
        'a=3', 'b=true', 'c=["x"]', 'd=007', 'e=1.0', 'f=', 'g=a=b', 'h=null', 'i={"k":1}', 'j="q"',
      ]),
    ).toEqual({
      a: 3,
      b: true,
      c: ['x'],
      d: '007',
      e: '1.0',
      f: '',
      g: 'a=b',
      h: 'null',
      i: { k: 1 },
      j: '"q"',
    });
  });

  it('tell names, paths and addresses apart', () => {
    mkdirSync(join(dir, 'emberhollow'));
    writeFileSync(join(dir, 'pack.tar.lzo'), '');
    expect(
      ['emberhollow', './emberhollow', '/abs', 'https://x/y.tar', 'file:/x', 'pack.tar.lzo', 'other.tar.lzo', '.'].map(
        (text) => sourceFlag(text, dir),
      ),
    ).toEqual([
      'emberhollow',
      join(dir, 'emberhollow'),
      '/abs',
      'https://x/y.tar',
      'file:/x',
      join(dir, 'pack.tar.lzo'),
      'other.tar.lzo',
      dir,
    ]);
  });
});
