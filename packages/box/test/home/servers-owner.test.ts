import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { claimServers } from '../../src/home/servers-owner.js';

let dir: string;
const at = (name: string): string => join(dir, name);
const newHome = (name: string): string => {
  mkdirSync(at(name));
  writeFileSync(boxPaths(at(name)).effectiveConfig, '{}');
  return at(name);
};
beforeEach(() => {
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-owner-')));
  mkdirSync(at('servers'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));
const claim = (home: string, servers = at('servers')): void => claimServers({ home, servers });

it('servers outside their home belong to one home, also under another name of it', () => {
  const home = newHome('home');
  symlinkSync(home, at('link'));
  for (const each of [home, home, at('link')]) claim(each);
  expect(() => claim(newHome('other'))).toThrow(expect.objectContaining({
    code: 'bad_option',
    message: expect.stringContaining(`servers: ${at('servers')} holds the servers of another home, ${home};`),
  }));
  expect(readFileSync(join(at('servers'), '.home'), 'utf8')).toBe(`${home}\n`);
});

it('servers go with a home that was renamed, and stay for the next one when their home is gone', () => {
  claim(newHome('home'));
  renameSync(at('home'), at('renamed'));
  claim(at('renamed'));
  rmSync(at('renamed'), { recursive: true });
  claim(newHome('next'));
  expect(readFileSync(join(at('servers'), '.home'), 'utf8')).toBe(`${at('next')}\n`);
});

it('servers within the home need no mark', () => {
  const home = newHome('home');
  mkdirSync(join(home, 'servers'));
  claim(home, join(home, 'servers'));
  expect(existsSync(join(home, 'servers', '.home'))).toBe(false);
});
