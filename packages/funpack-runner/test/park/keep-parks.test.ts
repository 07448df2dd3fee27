import { existsSync, mkdirSync, readFileSync, renameSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parkedWorlds, safetyOf } from '@pinky/protocol';
import { backUp } from '../../src/backup/backup.js';
import { maintain } from '../../src/maintain/maintain.js';
import { parkWorld } from '../../src/park/park-world.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();
const hour = 3_600_000;
const parkedAt = 1_700_000_000_000;

/** A world that was backed up and then parked, and the rounds of the maintenance. */
async function stopped() {
  const dir = await tempDir();
  const { task, workingDir } = await world(dir, { 'world/level': 'a world' });
  const servers = join(dir, 'servers');
  const { url } = await backUp(task, testWork());
  const working = join(servers, task.serverId, 'working');
  mkdirSync(dirname(working), { recursive: true });
  renameSync(workingDir, working);
  const park = parkWorld({
    servers,
    serverId: task.serverId,
    run: '1700000000000-abcd',
    working,
    record: { format: 1, at: parkedAt, backup: url, newest: 0 },
  });
  if (!park) throw new Error('it cannot be moved');
  const parked = { keepForMs: 72 * hour, maxBytes: 1e9 };
  const { backupsDir } = task;
  const round = (hoursLater: number) => maintain(
    { type: 'maintain', home: dir, servers, backupsDir, allowedHosts: [], parked },
    testWork({ wallNow: () => parkedAt + hoursLater * hour }),
  );
  return { park, url, round, left: () => parkedWorlds(servers, task.serverId).length };
}

describe('the maintenance of parked worlds', () => {
  it('reads the backup of each back, and removes the world when its time is over', async () => {
    const { park, round, left } = await stopped();
    expect(await safetyOf(park)).toBe('unread');
    expect((await round(1)).done).toMatchObject({ verify: 1, parks: 0 });
    expect([await safetyOf(park), left()]).toEqual(['saved', 1]);
    expect((await round(71)).done).toMatchObject({ verify: 0, parks: 0 });
    expect((await round(73)).done).toMatchObject({ parks: 1 });
    expect([left(), existsSync(park.path)]).toEqual([0, false]);
  });

  it('keeps a world whose backup turns out to be damaged, however old it is', async () => {
    const { park, url, round, left } = await stopped();
    const archive = fileURLToPath(url);
    truncateSync(archive, readFileSync(archive).length - 20);
    await round(1);
    await round(10_000);
    expect([await safetyOf(park), left()]).toEqual(['unsaved', 1]);
    expect(readFileSync(join(park.path, 'world/level'), 'utf8')).toBe('a world');
  });
});
