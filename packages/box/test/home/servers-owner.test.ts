import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
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
import { boxPaths, serverPaths } from '@pinky/protocol';
import { asNobody } from '@pinky/protocol/testing';
import { ChildrenJournal } from '@pinky/supervisor';
import { bootId, identify } from '@pinky/supervisor/identity';
import { claimServers, isCopiedFolder, otherHomeOf } from '../../src/home/servers-owner.js';

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
const markedIn = (servers: string) => readFileSync(join(servers, '.home'), 'utf8').split('\n')[0];
const claim = (home: string, servers = at('servers')): void => claimServers({ home, servers });

it('servers outside their home belong to one home, also under another name of it', () => {
  const home = newHome('home');
  symlinkSync(home, at('link'));
  for (const each of [home, home, at('link')]) claim(each);
  expect(() => claim(newHome('other'))).toThrow(expect.objectContaining({
    code: 'bad_option',
    message: expect.stringContaining(`servers: ${at('servers')} holds the servers of another home, ${home};`),
  }));
  expect(markedIn(at('servers'))).toBe(home);
});

it('servers go with a home that was renamed, and stay for the next one when their home is gone', () => {
  claim(newHome('home'));
  renameSync(at('home'), at('renamed'));
  claim(at('renamed'));
  rmSync(at('renamed'), { recursive: true });
  claim(newHome('next'));
  expect(markedIn(at('servers'))).toBe(at('next'));
});

describe('servers of a home that was moved while its processes run', () => {
  let child: ChildProcess;
  let moved: string;
  beforeEach(async () => {
    const home = newHome('home');
    claim(home);
    const program = 'process.title = process.argv[1]; console.log("there"); setInterval(() => {}, 1000)';
    child = spawn(process.execPath, ['-e', program, 'pinky: worker a [echo] up :1', '-'.repeat(100)], {
      env: { PINKY_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout!, 'data');
    moved = at('moved');
    renameSync(home, moved);
  });
  afterEach(() => child.kill('SIGKILL'));

  it('are refused to others until these have ended', async () => {
    const next = newHome('next');
    expect(() => claim(next)).toThrow(expect.objectContaining({ message: expect.stringContaining(at('home')) }));
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    claim(next);
  });

  it('stay its own: the journal of its children names them', () => {
    const journal = new ChildrenJournal(boxPaths(moved).children);
    journal.write([{ name: 'worker-a', identity: identify(child.pid!)! }]);
    claim(moved);
    expect(markedIn(at('servers'))).toBe(moved);
  });
});

it('a home in a closed folder may still be there', () => {
  const own = newHome('own');
  mkdirSync(at('closed/home'), { recursive: true });
  writeFileSync(join(at('servers'), '.home'), at('closed/home'));
  for (const open of [dir, own]) chmodSync(open, 0o755);
  chmodSync(at('closed'), 0o000);
  try {
    expect(() => asNobody(() => claim(own))).toThrow(expect.objectContaining({
      message: expect.stringContaining(`or remove ${join(at('servers'), '.home')} if that home is no longer used`),
    }));
  } finally {
    chmodSync(at('closed'), 0o700);
  }
});

it('servers within the home need no mark', () => {
  const home = newHome('home');
  mkdirSync(join(home, 'servers'));
  claim(home, join(home, 'servers'));
  expect(existsSync(join(home, 'servers', '.home'))).toBe(false);
});

describe('a home that was copied', () => {
  const markOf = (servers: string): string => join(servers, '.home');
  /** As `pinky up` leaves it. */
  const upped = (name: string, servers: string): string => {
    const home = newHome(name);
    mkdirSync(servers, { recursive: true });
    const whole = { box: '1', home, servers, logLevel: 'info', worker: {}, crashLoop: {}, version: '0.1.0' };
    writeFileSync(boxPaths(home).effectiveConfig, JSON.stringify(whole));
    return home;
  };
  const copyOf = (home: string): string => {
    cpSync(home, at('copy'), { recursive: true });
    return at('copy');
  };
  const belongTo = (home: string, servers: string, known: string): void => {
    const copy = copyOf(home);
    expect([otherHomeOf({ home: copy, servers }), otherHomeOf({ home, servers })]).toEqual([home, undefined]);
    expect(() => claim(copy, servers)).toThrow(expect.objectContaining({
      code: 'bad_option',
      message: expect.stringContaining(`or remove ${known} if that home is no longer used`),
    }));
  };

  it('leaves servers within the other home to that one', () => {
    const home = upped('home', at('home/servers'));
    claim(home, at('home/servers'));
    belongTo(home, at('home/servers'), boxPaths(home).effectiveConfig);
    expect(existsSync(markOf(at('home/servers')))).toBe(false);
  });

  it('leaves servers outside to the other home, also where an older version has left no mark', () => {
    const home = upped('home', at('servers'));
    belongTo(home, at('servers'), boxPaths(home).effectiveConfig);
    rmSync(at('copy'), { recursive: true });
    claim(home);
    belongTo(home, at('servers'), markOf(at('servers')));
  });

  it('has servers of its own, also within the folder of a home that has its servers elsewhere', () => {
    upped('home', at('servers'));
    const inner = upped('home/inner', at('home/inner/servers'));
    claim(inner, at('home/inner/servers'));
    mkdirSync(at('home/more'));
    claim(inner, at('home/more'));
    expect(markedIn(at('home/more'))).toBe(inner);
  });
});

it('a copy of the servers folder is nobody\'s, and forgets the games of the other one, once', () => {
  claim(newHome('home'));
  const identityIn = (servers: string): string => serverPaths(servers, 'a').run('1-1').identity;
  const identity = `41\n42 (game) S 41 42 42\n${bootId()}\n`;
  mkdirSync(serverPaths(at('servers'), 'a').run('1-1').dir, { recursive: true });
  writeFileSync(identityIn(at('servers')), identity);
  cpSync(at('servers'), at('copied'), { recursive: true });
  const other = newHome('other');
  expect(otherHomeOf({ home: other, servers: at('copied') })).toBeUndefined();
  expect([at('servers'), at('copied')].map(isCopiedFolder)).toEqual([false, true]);
  claim(other, at('copied'));
  expect(readFileSync(identityIn(at('copied')), 'utf8')).toMatch(/^41\n42 .*\n[0-]{36}\n$/);
  writeFileSync(identityIn(at('copied')), identity); // a game of its own
  claim(other, at('copied'));
  expect(readFileSync(identityIn(at('copied')), 'utf8')).toBe(identity);
  expect([markedIn(at('copied')), isCopiedFolder(at('copied'))]).toEqual([other, false]);
});

it('the mark of an older version, which names no folder, still counts', () => {
  const home = newHome('home');
  writeFileSync(join(at('servers'), '.home'), `${home}\n`);
  expect(otherHomeOf({ home: newHome('other'), servers: at('servers') })).toBe(home);
  claim(home);
  expect([markedIn(at('servers')), isCopiedFolder(at('servers'))]).toEqual([home, false]);
});
