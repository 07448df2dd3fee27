import { mkdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { backUp } from '../../src/backup/backup.js';
import { readNote } from '../../src/catalogue/backup-note.js';
import { maintain } from '../../src/maintain/maintain.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

const tempDir = tempDirs();

describe('the maintenance', () => {
  it('reads on with other servers where one\'s backup cannot be read, and tries that again', async () => {
    const { dir, task } = await world(await tempDir(), { 'world/level': 'a world' });
    const { backupsDir } = task;
    for (const serverId of ['s0', 's1']) await backUp({ ...task, serverId }, testWork());
    const round = () => maintain(
      { type: 'maintain', home: dir, servers: join(dir, 'servers'), backupsDir, allowedHosts: [] },
      testWork(),
    );
    const manifest = join(backupsDir, 'worlds/s0/s0.1700000000.manifest.gz');
    rmSync(manifest);
    mkdirSync(manifest); // reading it fails
    expect((await round()).problems).toHaveProperty('verify.message', expect.stringContaining('EISDIR'));
    expect(readNote(backupsDir, 's0', 1_700_000_000)).not.toHaveProperty('problem');
    expect(readNote(backupsDir, 's1', 1_700_000_000)?.verifiedAt).toBeDefined();
    rmdirSync(manifest); // it is verified by its checksums then
    expect((await round()).problems).toEqual({});
    expect(readNote(backupsDir, 's0', 1_700_000_000)?.verifiedAt).toBeDefined();
  });
});
