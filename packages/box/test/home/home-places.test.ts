import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { assertHomePlaces, homePlaces, misplacedIn } from '../../src/home/home-places';

describe('the places of a home', () => {
  let home: string;
  beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'places-')); });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const config = () => ({ home, servers: join(home, 'servers'), backups: join(home, 'backups') });
  const inTurn = homePlaces({ home: '/h', servers: '/h/servers', backups: '/h/backups' })
    .map(({ path, ...rest }) => ({ ...rest, path: path.slice('/h/'.length) }))
    .filter(({ path }) => path !== '');
  const put = (path: string, kind: 'folder' | 'file'): void => {
    mkdirSync(dirname(path), { recursive: true });
    if (kind === 'folder') mkdirSync(path);
    else writeFileSync(path, '');
  };

  it('include every path of a box that has one place', () => {
    const known = homePlaces({ home: '/h', servers: '/h/servers', backups: '/h/backups' }).map(({ path }) => path);
    const fixed = Object.values(boxPaths('/h')).filter((path) => typeof path === 'string');
    expect(fixed.filter((path) => !known.includes(path))).toEqual([]);
  });

  it('are all well in a home that was not made yet, and in one that is complete', () => {
    expect(misplacedIn(config())).toEqual([]);
    for (const { path, kind } of inTurn.filter((place) => place.kind !== 'socket')) {
      mkdirSync(dirname(join(home, path)), { recursive: true });
      if (kind === 'folder') mkdirSync(join(home, path), { recursive: true });
      else writeFileSync(join(home, path), '');
    }
    expect(misplacedIn(config())).toEqual([]);
  });

  it.each(inTurn)('have a $kind at $path, and nothing else', ({ path, kind, isBeside }) => {
    const wrong = kind === 'folder' ? 'file' : 'folder';
    put(join(home, path), wrong);
    const [found, ...more] = misplacedIn(config());
    expect(more).toEqual([]);
    expect(found).toMatchObject({
      path: join(home, path),
      because: expect.stringContaining(`${join(home, path)} is a ${wrong}`),
      remedy: `move it away: mv ${join(home, path)} ${join(home, path)}.old`,
    });
    const check = (): void => assertHomePlaces(config());
    if (isBeside) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: kind === 'socket' ? 'socket_gone' : 'misplaced' }));
  });

  it('may be links, where they lead somewhere', () => {
    const other = mkdtempSync(join(tmpdir(), 'places-'));
    symlinkSync(other, join(home, 'log'));
    symlinkSync(join(other, 'not-yet'), join(home, 'supervisor.pid'));
    symlinkSync('/dev/null', join(other, 'redis.log'));
    expect(misplacedIn(config())).toEqual([]);
    rmSync(other, { recursive: true });
    expect(misplacedIn(config()).map(({ because }) => because)).toEqual([
      `${home}/log is a link that leads nowhere, and Pinky needs a folder there`,
      `${home}/supervisor.pid is a link that leads nowhere, and Pinky needs a file there`,
    ]);
    symlinkSync('/gone/for/good', join(home, 'queue.sock')); // it is replaced
    expect(misplacedIn(config())).toHaveLength(2);
  });

  it('hold no pipe that a reader would wait at', () => {
    execFileSync('mkfifo', [join(home, 'supervisor.pid')]);
    expect(misplacedIn(config())).toMatchObject([{ because: expect.stringContaining('supervisor.pid is a pipe') }]);
  });
});
