import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { namedUser, noteUser, userOf, userToBe } from '../../src/index.js';

const range = { first: 70_000, count: 50 };
const own = { uids: [process.getuid?.() ?? 0, 4], range };

describe('a user that a server is given', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'jail-users-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is known before it is claimed, and looking claims nothing', () => {
    const { uid } = userToBe(dir, 'one', range, 'salt');
    expect(readdirSync(dir)).toEqual([]);
    expect(userOf(dir, 'one', range, 'salt').uid).toBe(uid);
    expect(userToBe(dir, 'one', range, 'salt').uid).toBe(uid);
    const alone = { first: uid, count: 1 };
    expect(() => userToBe(dir, 'two', alone, 'salt')).toThrow(/all 1 users from \d+ on belong to servers/);
  });

  it('is not also the one that somebody names', () => {
    const { uid, gid } = userOf(dir, 'one', range, 'salt');
    expect(() => noteUser(dir, { uid, gid, name: 'games' })).toThrow('was given to server one');
  });

  it('is marked where it was named, so that its files are known to be of a game', () => {
    noteUser(dir, { uid: 5, gid: 60, name: 'games' });
    noteUser(dir, { uid: 5, gid: 60, name: 'renamed' });
    expect(readFileSync(join(dir, '5'), 'utf8')).toBe('@games');
  });
});

describe('a user that somebody names', () => {
  it('is one of this machine', () => {
    expect(namedUser('games', own, 'the test')).toEqual({ uid: 5, gid: 60, name: 'games' });
  });

  it.each([
    ['no-such-user-here', 'whom this machine does not know'],
    ['--version', 'whom this machine does not know'],
    ['root', 'who is root'],
    ['sync', "to whom Pinky's own files belong (uid 4)"],
  ])('is refused with its reason: %s', (name, because) => {
    const refused = expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(because) });
    expect(() => namedUser(name, own, 'the test')).toThrow(refused);
    expect(() => namedUser(name, own, 'the test')).toThrow(`the test names the user "${name}"`);
  });

  it('is refused where servers are given its uid', () => {
    const low = { uids: [], range: { first: 1, count: 100 } };
    expect(() => namedUser('games', low, 'the test')).toThrow('`users.first`');
  });
});
