import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { testWork } from '../support/work.js';

const tempDir = tempDirs();

const schema = { door: { type: 'string', secret: true }, motd: { type: 'string' } } as const;
const files = [
  { path: './conf/door.cfg', template: 'door.tpl' },
  { path: 'motd.cfg', content: 'motd {settings.motd}' },
  { path: 'kept.ini', set: { door: '{settings.door}' } },
];

async function paths(more: object): Promise<readonly string[]> {
  const dir = await tempDir();
  const workingDir = join(dir, 'working');
  await mkdir(workingDir);
  const names = ['conf/door.cfg', 'conf/own.cfg', 'motd.cfg', 'kept.ini', 'world/door.cfg'];
  await writeFiles(workingDir, Object.fromEntries(names.map((name) => [name, 'x'])));
  const funpackDir = await tempDir();
  const template = { 'door.tpl': 'key = {settings.door|json}' };
  await writeFiles(funpackDir, programFunpack({ schema, files, persistent: true }, template));
  const { url } = await backUp(
    { type: 'backup', serverId: 's1', workingDir, backupsDir: join(dir, 'backups'), funpackDir, ...more },
    testWork(),
  );
  const list = execFileSync('bash', ['-c', 'lzop -dc "$0" | tar t', fileURLToPath(url)]).toString().split('\n');
  return list.filter((line) => line !== '' && !line.endsWith('/')).toSorted();
}

describe('a backup', () => {
  const expected = ['conf/own.cfg', 'kept.ini', 'motd.cfg', 'world/door.cfg'];

  it('leaves out a file that holds a secret and is written anew at each start, and no other', async () => {
    expect(await paths({})).toEqual(expected);
  });

  it('leaves it out also where it is forced', async () => {
    expect(await paths({ isForced: true })).toEqual(expected);
  });
});
