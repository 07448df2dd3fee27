import { lstatSync, mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../src/systemd/write-file';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'unit-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('a unit file', () => {
  it('is written through a link, which stays', () => {
    writeFileSync(join(dir, 'real'), 'old');
    symlinkSync('real', join(dir, 'x.service'));
    writeWhole(join(dir, 'x.service'), 'new', 0o644);
    expect([readlinkSync(join(dir, 'x.service')), readFileSync(join(dir, 'real'), 'utf8')]).toEqual(['real', 'new']);
  });

  it('that is masked is left alone, and so is the device that it leads to', () => {
    symlinkSync('/dev/full', join(dir, 'x.service'));
    expect(() => writeWhole(join(dir, 'x.service'), 'new', 0o644)).toThrow('x.service is a device, not a regular file');
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
    expect(readlinkSync(join(dir, 'x.service'))).toBe('/dev/full');
  });
});
