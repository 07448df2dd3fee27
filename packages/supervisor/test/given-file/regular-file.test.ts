import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linkEnd } from '../../src/given-file/link-end';
import { readRegularFile, regularFileAt } from '../../src/given-file/regular-file';
import { dumpTo } from '../../src/dump/index';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'given-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const at = (...names: string[]): string => join(dir, ...names);

describe('where a path leads', () => {
  it('is the end of its links, even if nothing is there yet, and `..` behind a link is above the link\'s end', () => {
    mkdirSync(at('deep/er'), { recursive: true });
    symlinkSync('deep/er', at('folder'));
    symlinkSync('folder/new', at('link'));
    expect(linkEnd(at('link'))).toBe(at('deep/er/new'));
    expect(linkEnd(`${at('folder')}/../x`)).toBe(at('deep/x'));
  });

  it('needs no folder of ours where it is named from the root', () => {
    jest.spyOn(process, 'cwd').mockImplementation(() => { throw new Error('ENOENT: uv_cwd'); });
    try {
      expect(linkEnd(at('new'))).toBe(at('new'));
      expect(() => linkEnd('new')).toThrow('uv_cwd');
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('is a folder with a slash at its end, and a circle stays as it is', () => {
    symlinkSync('circle', at('circle'));
    expect(linkEnd(at('circle'))).toBe(at('circle'));
    expect(() => linkEnd(`${at('new')}/`)).toThrow(expect.objectContaining({ code: 'EISDIR' }));
  });
});

describe('a file that is to be replaced or removed', () => {
  it.each([
    ['a pipe', () => void spawnSync('mkfifo', [at('it')])],
    ['a folder', () => mkdirSync(at('it'))],
    ['a device', () => symlinkSync('/dev/full', at('it'))],
  ])('is refused at once if it is %s, and nothing waits for it', (what, make) => {
    make();
    const message = `${at('it')} is ${what}, not a regular file`;
    const refusal = expect.objectContaining({ code: 'bad_option', message });
    expect(() => regularFileAt(at('it'))).toThrow(refusal);
    expect(() => readRegularFile(at('it'))).toThrow(refusal);
    if (!lstatSync(at('it')).isSymbolicLink()) expect(() => dumpTo(at('it'))).toThrow(refusal);
    expect(lstatSync(at('it')).isFile()).toBe(false);
  });

  it('is refused if it is a socket', async () => {
    const server = createServer().listen(at('it'));
    await once(server, 'listening');
    expect(() => regularFileAt(at('it'))).toThrow(`${at('it')} is a socket`);
    server.close();
  });

  it.each(['', 'new/'])('is refused if its path is %j', (name) => {
    expect(() => regularFileAt(name && `${dir}/${name}`)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  });
});

it('a dump replaces a planted link, and leaves the file behind it', () => {
  writeFileSync(at('victim'), 'kept');
  symlinkSync(at('victim'), at('dump'));
  dumpTo(at('dump'));
  expect([lstatSync(at('dump')).isFile(), readFileSync(at('victim'), 'utf8')]).toEqual([true, 'kept']);
});
