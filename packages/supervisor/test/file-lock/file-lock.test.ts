import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileLock } from '../../src/file-lock/file-lock';

describe('a file lock', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'lock-'));
    path = join(dir, 'lock');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('has one owner until it is released', () => {
    const lock = FileLock.take(path);
    expect(FileLock.take(path)).toBeUndefined();
    lock?.release();
    FileLock.take(path)?.release();
    expect(existsSync(path)).toBe(true);
  });

  it('can be removed by its owner, and the next owner makes it again', () => {
    FileLock.take(path)?.remove();
    expect(existsSync(path)).toBe(false);
    const lock = FileLock.take(path);
    expect(FileLock.take(path)).toBeUndefined();
    lock?.release();
  });

  it('is not taken twice if its file is made again while a process holds the removed one', async () => {
    const lock = FileLock.take(path);
    // It opens the file that is about to be removed, and waits for its lock.
    const late = spawn('sh', ['-c', `exec 3<>"$0"; echo open; flock 3; echo locked; read -r _`, path], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(late.stdout, 'data');
    lock?.remove();
    await once(late.stdout, 'data'); // it holds a file that has no name
    const second = FileLock.take(path);
    expect(second).toBeDefined();
    expect(FileLock.take(path)).toBeUndefined();
    second?.release();
    late.stdin.end('\n');
    await once(late, 'exit');
  });
});
