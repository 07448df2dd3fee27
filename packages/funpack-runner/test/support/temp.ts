import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { untoldMs } from '../../src/increment/untold-writes.js';
import { removeTree } from '../../src/kernel/remove-tree.js';

/** A folder whose files a disk keeps: of those in memory the kernel tells less, and every look reads them. */
export function diskDir(): string {
  const found = [tmpdir(), '/var/tmp', __dirname].find((dir) => Number.isFinite(untoldMs(dir)));
  if (found === undefined) throw new Error('this test needs a folder on a disk; set TMPDIR to one');
  return found;
}

/** Makes folders for one test file, within another. They are removed after each test. */
export function tempDirs(within = tmpdir()): () => Promise<string> {
  const made: string[] = [];
  afterEach(async () => {
    for (const dir of made.splice(0)) await removeTree(dir);
  });
  return async () => {
    const dir = await mkdtemp(join(within, 'pinky-runner-'));
    made.push(dir);
    return dir;
  };
}

/** Writes files. Those under `bin/` can be run. */
export async function writeFiles(dir: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), content);
    if (path.startsWith('bin/')) await chmod(join(dir, path), 0o755);
  }
  return dir;
}

/** A funpack in the program form. */
export const programFunpack = (
  manifest: object = {},
  files: Readonly<Record<string, string>> = {},
): Record<string, string> => ({
  'funpack.json': JSON.stringify({ name: 'game', version: '1', ...manifest }),
  'bin/run': '#!/bin/sh\nexec sleep 60\n',
  ...files,
});
