import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFiles } from './temp.js';
import { roomy } from './work.js';

/** A server's `working/` with these files, and the tasks to back it up and to restore a backup beside it. */
export async function world(dir: string, files: Readonly<Record<string, string | Uint8Array>>) {
  const workingDir = join(dir, 'working');
  await mkdir(workingDir);
  await writeFiles(workingDir, files);
  const backupsDir = join(dir, 'backups');
  return {
    dir,
    workingDir,
    task: { type: 'backup' as const, serverId: 's1', workingDir, backupsDir, keep: 3 },
    restoreTask: (url: string) => ({
      type: 'restore' as const,
      source: { url },
      into: join(dir, 'restored'),
      backupsDir,
      limits: roomy,
      allowedHosts: [],
    }),
  };
}

/** The paths in a backup, as lzop and GNU tar read it. */
export const listing = (url: string): string[] =>
  execFileSync('bash', ['-c', 'lzop -dc "$0" | tar t', fileURLToPath(url)])
    .toString()
    .split('\n')
    .filter((line) => line !== '');

/** Unpacks a backup as lzop and GNU tar do, with everything that it says. */
export async function unpackedByTar(url: string, into: string): Promise<string> {
  const flags = '--xattrs --xattrs-include="*" --acls -p';
  await mkdir(into);
  execFileSync('bash', ['-c', `lzop -dc "$0" | tar x ${flags} -C "$1"`, fileURLToPath(url), into]);
  return into;
}
