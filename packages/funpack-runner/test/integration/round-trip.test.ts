import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { blockSize } from '../../src/lzop/format.js';
import { ThreadCodec } from '../../src/lzop/thread-codec.js';
import { tempDirs } from '../support/temp.js';
import { roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();

/** Sizes around tar's records and lzop's blocks, and others. Some content compresses, some does not. */
function contents(): Buffer[] {
  const sizes = [
    0,
    1,
    511,
    512,
    513,
    1024,
    ...[1, 2, 3].flatMap((n) => [-1025, -513, -512, -1, 0, 1, 512].map((more) => n * blockSize + more)),
  ];
  for (let i = 0; i < 60; i++) sizes.push(randomBytes(3).readUIntBE(0, 3) % 400_000);
  return sizes.map((size, i) => (i % 3 === 0 ? randomBytes(size) : Buffer.alloc(size, randomBytes(50 + i))));
}

it('gives a world of files of every size back as it was, by threads and with memory that is used again', async () => {
  const codec = new ThreadCodec(join(__dirname, '..', '..', 'dist', 'lzop', 'codec-thread.js'));
  const dir = await tempDir();
  const workingDir = join(dir, 'working');
  await mkdir(join(workingDir, 'deep'), { recursive: true });
  for (const [i, content] of contents().entries())
    await writeFile(join(workingDir, i % 2 ? 'deep' : '.', `f${i}`), content);
  try {
    const backup = await backUp(
      {
        type: 'backup',
        serverId: 's1',
        workingDir,
        backupsDir: join(dir, 'backups'),
        keep: 1,
      },
      testWork({ codec }),
    );
    const byPeers = join(dir, 'by-peers');
    await mkdir(byPeers);
    execFileSync('bash', ['-c', 'lzop -dc "$0" | tar x -C "$1"', fileURLToPath(backup.url), byPeers]);
    execFileSync('diff', ['-r', workingDir, byPeers]);
    for (const [name, pack] of [
      ['ours', 'cat "$0"'],
      ['lzop', 'tar c -C "$1" . | lzop -c'],
      ['tar', 'tar c -C "$1" .'],
      ['gz', 'tar cz -C "$1" .'],
    ] as const) {
      const archive = join(dir, name);
      execFileSync('bash', ['-c', `set -o pipefail; ${pack} > "$2"`, fileURLToPath(backup.url), workingDir, archive]);
      const into = join(dir, `restored-${name}`);
      await restore(
        {
          type: 'restore',
          source: { url: archive },
          into,
          limits: roomy,
          allowedHosts: [],
        },
        testWork({ codec }),
      );
      execFileSync('diff', ['-r', workingDir, into]);
    }
  } finally {
    await codec.close();
  }
});
