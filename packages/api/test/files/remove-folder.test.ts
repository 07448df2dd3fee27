import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serverPaths } from '@pinky/protocol';
import { removeFolder } from '../../src/files/remove-folder.js';
import { ServerFolder } from '../../src/files/server-folder.js';

it('serves others while it removes a folder with many files', async () => {
  const servers = mkdtempSync(join(tmpdir(), 'pinky-remove-'));
  const { working } = serverPaths(servers, 'one');
  mkdirSync(join(working, 'many'), { recursive: true });
  for (let n = 0; n < 2_000; n++) writeFileSync(join(working, 'many', String(n)), '');
  let served = 0;
  let isOver = false;
  const serve = (): void => {
    served++;
    if (!isOver) setImmediate(serve);
  };
  setImmediate(serve);
  await removeFolder(() => ServerFolder.of({ servers } as never, 'one'), ['many']); // it reads nothing else
  isOver = true;
  expect(existsSync(join(working, 'many'))).toBe(false);
  expect(served).toBeGreaterThan(5);
  rmSync(servers, { recursive: true });
});
