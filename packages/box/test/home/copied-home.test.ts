import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, serverPaths, type BoxConfig } from '@pinky/protocol';
import { bootId } from '@pinky/supervisor/identity';
import { isCopiedHome, settleHome } from '../../src/home/copied-home.js';

let dir: string;
let said: string[];
const say = ({ event }: { event: string }): void => void said.push(event);
const logger = { warn: say, info: say } as never; // it calls nothing else
const configOf = (home: string, servers = join(home, 'servers')) => ({ home, servers }) as BoxConfig;
const settle = (home: string, servers?: string): void => settleHome(configOf(home, servers), logger);
const identityIn = (servers: string): string => serverPaths(servers, 'a').run('1-1').identity;
const identity = (): string => `41\n42 (game) S 41 42 42\n${bootId()}\ncgroup /sys/fs/cgroup/x\n`;
const withRun = (servers: string): void => {
  mkdirSync(serverPaths(servers, 'a').run('1-1').dir, { recursive: true });
  writeFileSync(identityIn(servers), identity());
};
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pinky-place-'));
  said = [];
  const home = join(dir, 'home');
  withRun(join(home, 'servers'));
  mkdirSync(boxPaths(home).launches);
  writeFileSync(boxPaths(home).children, '[]');
  settle(home);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const at = (name: string): string => join(dir, name);
const nothingWasForgotten = (home: string): void => {
  expect([said, readFileSync(identityIn(join(home, 'servers')), 'utf8')]).toEqual([[], identity()]);
  expect(existsSync(boxPaths(home).children)).toBe(true);
};

it('the first place of a home, and the same one again, forget nothing', () => {
  settle(at('home'));
  nothingWasForgotten(at('home'));
});

it('a home under another name is the same one', () => {
  renameSync(at('home'), at('renamed'));
  expect(isCopiedHome(configOf(at('renamed')))).toBe(false);
  settle(at('renamed'));
  nothingWasForgotten(at('renamed'));
});

it('a copy forgets each process that its files name, once', () => {
  cpSync(at('home'), at('copy'), { recursive: true });
  expect([isCopiedHome(configOf(at('home'))), isCopiedHome(configOf(at('copy')))]).toEqual([false, true]);
  settle(at('copy'));
  expect(said).toEqual(['home.copied']);
  const [wrapper, stat, boot, ...more] = readFileSync(identityIn(at('copy/servers')), 'utf8').split('\n');
  expect([wrapper, stat, more]).toEqual(['41', '42 (game) S 41 42 42', ['']]);
  expect(boot).toMatch(/^[0-]{36}$/);
  const { children, launches } = boxPaths(at('copy'));
  expect([children, launches].filter((path) => existsSync(path))).toEqual([]);
  writeFileSync(identityIn(at('copy/servers')), identity()); // a game of its own
  settle(at('copy'));
  expect(isCopiedHome(configOf(at('copy')))).toBe(false);
  expect(readFileSync(identityIn(at('copy/servers')), 'utf8')).toBe(identity());
});

it('servers outside the home were not copied with it', () => {
  withRun(at('elsewhere'));
  cpSync(at('home'), at('copy'), { recursive: true });
  settle(at('copy'), at('elsewhere'));
  expect(readFileSync(identityIn(at('elsewhere')), 'utf8')).toBe(identity());
});

it('a container that starts again forgets its processes, and is no copy', () => {
  const { place, children } = boxPaths(at('home'));
  const [boot, , folder] = readFileSync(place, 'utf8').split(' ');
  writeFileSync(place, `${boot} pid:[1] ${folder}`);
  expect(isCopiedHome(configOf(at('home')))).toBe(false);
  settle(at('home'));
  expect([said, existsSync(children)]).toEqual([['home.namespace'], false]);
  expect(readFileSync(identityIn(at('home/servers')), 'utf8')).toMatch(/^41\n42 .*\n[0-]{36}\n$/);
});

it('after a restart of the machine nothing can be alive, so nothing is said', () => {
  writeFileSync(boxPaths(at('home')).place, '11111111-2222-3333-4444-555555555555 pid:[1] 1:1\n');
  expect(isCopiedHome(configOf(at('home')))).toBe(false);
  settle(at('home'));
  nothingWasForgotten(at('home'));
});
