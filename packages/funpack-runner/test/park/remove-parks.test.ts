import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parkOf, parkedWorlds, recordsWithoutWorld, safetyOf, type ParkRecord } from '@pinky/protocol';
import { forgetPark, parkWorld, takeBack } from '../../src/park/park-world.js';
import { removePark, removeParks } from '../../src/park/remove-parks.js';

const hour = 3_600_000;
const now = 1_000 * hour;
const work = { signal: new AbortController().signal, wallNow: () => now };

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-parks-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

let runs = 1_000_000_000_000;
const nextRun = (): string => `${++runs}-abcd`;

/** A backup, with what was found when it was read back. */
function backup(name: string, note?: object): string {
  const path = join(dir, `${name}.1.tar.lzo`);
  writeFileSync(path, 'archive');
  if (note) writeFileSync(join(dir, `${name}.1.note.json`), JSON.stringify(note));
  return pathToFileURL(path).href;
}

function park(serverId: string, ageHours: number, record: Partial<ParkRecord>, bytes = 10_000) {
  const working = join(dir, serverId, 'working');
  mkdirSync(working, { recursive: true });
  writeFileSync(join(working, 'map'), Buffer.alloc(bytes));
  return parkWorld({
    servers: dir,
    serverId,
    run: nextRun(),
    working,
    record: { format: 1, at: now - ageHours * hour, newest: 0, ...record },
  });
}

const left = (): string[] =>
  readdirSync(join(dir, '.parked')).flatMap((id) => parkedWorlds(dir, id).map(({ serverId }) => serverId)).toSorted();

const limits = (more: object = {}) => ({ servers: dir, keepForMs: 72 * hour, maxBytes: 1e9, ...more });

describe('parked worlds', () => {
  it('go by age if a backup that was read back holds them, or if nobody played in them; no others do', async () => {
    park('old', 73, { backup: backup('old', { verifiedAt: 1 }) });
    park('young', 71, { backup: backup('young', { verifiedAt: 1 }) });
    park('unread', 1_000, { backup: backup('unread') });
    park('broken', 1_000, { backup: backup('broken', { verifiedAt: 1, problem: 'bad_archive' }) });
    park('lacking', 1_000, { backup: backup('lacking', { verifiedAt: 1 }), gaps: { incomplete: true } });
    park('none', 1_000, { failure: { code: 'no_space', message: 'full' } });
    park('gone', 1_000, { backup: pathToFileURL(join(dir, 'no.1.tar.lzo')).href });
    park('unused', 73, { isUnused: true });
    park('spoilt', 1_000, { isUnused: true, backup: backup('spoilt') });
    const unrecorded = park('unrecorded', 1_000, {});
    rmSync(unrecorded?.recordPath ?? '');
    const { removed } = await removeParks(limits(), work);
    expect(removed.map((name) => name.split('/')[0]).toSorted()).toEqual(['old', 'unused']);
    expect(left()).toEqual(['broken', 'gone', 'lacking', 'none', 'spoilt', 'unread', 'unrecorded', 'young']);
    expect(existsSync(parkOf(dir, 'old'))).toBe(false);
  });

  it.each([
    ['a file that was changed', (world: string) => utimesSync(join(world, 'map'), 1, 1)],
    ['a file that was made', (world: string) => writeFileSync(join(world, 'sub', 'new'), 'x')],
    ['a file that was removed', (world: string) => rmSync(join(world, 'sub', 'old'))],
  ])('stay if somebody changed them after they were parked, and say so: %s', async (_what, change) => {
    const working = join(dir, 'edited', 'working');
    mkdirSync(join(working, 'sub'), { recursive: true });
    writeFileSync(join(working, 'sub', 'old'), 'x');
    const edited = park('edited', 1_000, { backup: backup('edited', { verifiedAt: 1 }) });
    const untouched = park('untouched', 1_000, { backup: backup('untouched', { verifiedAt: 1 }) });
    const parkedAt = Date.now() + 20;
    for (const each of [edited, untouched]) {
      const written = (parkedAt - 2_000) / 1_000; // what a coarse file system may round away is over
      utimesSync(each?.recordPath ?? '', written, written);
    }
    while (Date.now() < parkedAt + 20) continue;
    change(edited?.path ?? '');
    expect((await removeParks(limits(), work)).removed).toEqual([`untouched/${runs}-abcd`]);
    const [left] = parkedWorlds(dir, 'edited');
    expect(await safetyOf({ record: left?.record })).toBe('unsaved');
    expect(left?.record?.failure?.message).toContain('changed after it was parked');
  });

  it('go by space, the oldest first', async () => {
    for (const [n, id] of ['a', 'b', 'c'].entries())
      park(id, 10 - n, { backup: backup(id, { verifiedAt: 1 }) }, 100_000);
    const { removed, freedBytes } = await removeParks(limits({ maxBytes: 250_000 }), work);
    expect([removed.length, left()]).toEqual([1, ['b', 'c']]);
    expect(freedBytes).toBeGreaterThan(100_000);
  });

  it('are never half removed: whoever dies over it, the next one finds a whole world or none', async () => {
    const kept = park('kept', 1_000, { backup: backup('kept', { verifiedAt: 1 }) });
    const folder = join(parkOf(dir, 'kept'), '.removing.');
    renameSync(kept?.recordPath ?? '', `${folder}${kept?.run}.json`); // killed before the world was moved
    expect(await safetyOf(parkedWorlds(dir, 'kept')[0] ?? { record: undefined })).toBe('unsaved');
    const half = park('half', 1_000, { backup: backup('half', { verifiedAt: 1 }) });
    const gone = join(parkOf(dir, 'half'), '.removing.');
    renameSync(half?.recordPath ?? '', `${gone}${half?.run}.json`);
    renameSync(half?.path ?? '', `${gone}${half?.run}`); // killed while the world was being removed
    expect(parkedWorlds(dir, 'half')).toEqual([]);
    const { removed } = await removeParks(limits(), work);
    expect([removed, existsSync(parkOf(dir, 'half')), existsSync(parkOf(dir, 'kept'))]).toEqual([
      [`kept/${kept?.run}`],
      false,
      false,
    ]);
  });

  it('that a start takes back in the same moment are its own', async () => {
    const mine = park('one', 1_000, { backup: backup('one', { verifiedAt: 1 }) });
    if (!mine) throw new Error('not parked');
    const working = join(dir, 'one', 'working');
    expect(takeBack(mine, working)).toBe(true);
    expect(recordsWithoutWorld(dir, 'one').map(({ run }) => run)).toEqual([mine.run]);
    expect(await removePark(dir, mine)).toBe(false);
    expect([takeBack(mine, join(dir, 'two')), existsSync(join(working, 'map'))]).toEqual([false, true]);
    forgetPark(dir, mine);
    expect(existsSync(parkOf(dir, 'one'))).toBe(false);
  });
});
