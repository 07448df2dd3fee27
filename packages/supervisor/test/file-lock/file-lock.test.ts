import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { FileLock } from '../../src/file-lock/file-lock';

describe('a file lock', () => {
  let dir: string;
  let path: string;
  const stranger = (): string => {
    writeFileSync(join(dir, 'stranger'), '');
    return join(dir, 'stranger');
  };
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

  it.each([
    ['was removed', () => rmSync(path)],
    ['was replaced by a file that nobody holds', () => renameSync(stranger(), path)],
    ['was emptied', () => truncateSync(path)],
  ])('is held and written again after its file %s', (_what, harm) => {
    const lock = FileLock.take(path)!;
    lock.write('17\n');
    expect(lock.look()).toBe('held');
    harm();
    expect(lock.look()).toBe('restored');
    expect(FileLock.contentOf(path)).toBe('17\n');
    expect(FileLock.take(path)).toBeUndefined();
    expect(lock.look()).toBe('held');
    lock.release();
  });

  it('leaves the file of another owner as it is, also when it is removed', () => {
    const lock = FileLock.take(path)!;
    lock.write('17\n');
    rmSync(path);
    const other = FileLock.take(path)!;
    other.write('18\n');
    expect(lock.look()).toBe('lost');
    lock.remove();
    expect(FileLock.contentOf(path)).toBe('18\n');
    other.release();
  });

  it('is looked after each second until it is let go of', async () => {
    const logger = { warn: jest.fn(), error: jest.fn() };
    const lock = FileLock.take(path)!;
    lock.keep(logger);
    rmSync(path);
    await until('the file is there again', () => existsSync(path));
    expect(logger.warn).toHaveBeenCalledWith(expect.objectContaining({ event: 'lock.restored', path }));
    lock.remove();
    expect(logger.error).not.toHaveBeenCalled();
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
