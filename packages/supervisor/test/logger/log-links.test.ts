import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync, existsSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync,
  symlinkSync, writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { until } from '@pinky/protocol/testing';
import { logTarget } from '../../src/logger/log-sink';
import { createPlainLogger } from '../../src/logger/plain-logger';
import { SharedLogFile } from '../../src/logger/shared-log-file';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
const program = bundleProgram('logs-to-path', dir.path);
afterAll(dir.remove);
let count = 0;
const freshFolder = (): string => {
  const folder = join(dir.path, `folder-${(count += 1)}`);
  mkdirSync(join(folder, 'volume'), { recursive: true });
  return folder;
};
const rotation = { sizeBytes: 1000, generations: 3 };
const write = (file: SharedLogFile, lines: number): void => {
  for (let index = 1; index <= lines; index += 1) file.append(`${index}`.padEnd(99) + '\n');
};

describe('a log that is a symbolic link', () => {
  it('stays a link: the file it leads to is rotated, beside itself', () => {
    const folder = freshFolder();
    const link = join(folder, 'my.log');
    writeFileSync(join(folder, 'volume/real.log'), '');
    symlinkSync('volume/real.log', link);
    const file = new SharedLogFile({ path: link, rotation });
    write(file, 60);
    file.close();
    expect(readlinkSync(link)).toBe('volume/real.log');
    expect(readdirSync(folder).sort()).toEqual(['my.log', 'volume']);
    expect(readdirSync(join(folder, 'volume')).sort()).toEqual(['real.log', 'real.log.0', 'real.log.1']);
    expect(readFileSync(link, 'utf8').trim().split(/\s+/).at(-1)).toBe('60');
  });

  it('may lead through other links, to a file that does not exist yet', () => {
    const folder = freshFolder();
    symlinkSync('volume', join(folder, 'logs'));
    symlinkSync('logs/next', join(folder, 'my.log'));
    symlinkSync('../volume/new.log', join(folder, 'volume/next'));
    const file = new SharedLogFile({ path: join(folder, 'my.log'), rotation, header: () => '# log\n' });
    write(file, 12);
    file.close();
    expect(readdirSync(join(folder, 'volume')).sort()).toEqual(['new.log', 'new.log.0', 'next']);
    expect(readFileSync(join(folder, 'volume/new.log.0'), 'utf8')).toMatch(/^# log\n1 /);
  });

  it('is followed at the next record when it leads somewhere else', () => {
    const folder = freshFolder();
    const link = join(folder, 'current.log');
    symlinkSync('volume/one', link);
    const file = new SharedLogFile({ path: link, rotation });
    file.append('1\n');
    symlinkSync('volume/two', `${link}.new`);
    renameSync(`${link}.new`, link);
    file.append('2\n');
    file.close();
    expect(['one', 'two'].map((name) => readFileSync(join(folder, 'volume', name), 'utf8'))).toEqual(['1\n', '2\n']);
  });

  it.each([
    ['a directory', (folder: string) => join(folder, 'volume'), 'EISDIR'],
    ['a link to a directory', (folder: string) => linked(folder, 'volume'), 'EISDIR'],
    ['a link to itself', (folder: string) => linked(folder, 'link'), 'ELOOP'],
    ['a new folder', (folder: string) => `${folder}/new/`, 'EISDIR'],
    ['a pipe that nobody reads', (folder: string) => aPipe(folder), 'nobody reads the pipe'],
    ['a link into a missing folder', (folder: string) => linked(folder, 'missing/log'), 'ENOENT'],
    ['below a file', (folder: string) => join(aFile(folder), 'log'), 'ENOTDIR'],
  ])('is refused when the logger is made if it is %s', (_what, make, code) => {
    expect(() => createPlainLogger({ path: make(freshFolder()) })).toThrow(code);
  });
});

function aFile(folder: string): string {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  return file;
}

function linked(folder: string, target: string): string {
  symlinkSync(target, join(folder, 'link'));
  return join(folder, 'link');
}

function aPipe(folder: string): string {
  spawnSync('mkfifo', [join(folder, 'pipe')]);
  return join(folder, 'pipe');
}

it('a log that is a pipe goes to its reader, and stays a pipe when a new period begins', async () => {
  const pipe = aPipe(freshFolder());
  const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said = text(reader.stdout);
  let now = Date.UTC(2026, 0, 1);
  const options = { path: pipe, rotation: { generations: 'daily' as const }, now: () => now };
  let file: SharedLogFile | undefined;
  await until('it is read', () => {
    try {
      file = new SharedLogFile(options);
    } catch {
      return false;
    }
    return true;
  });
  file?.append('one\n');
  now += 100 * 86_400_000;
  file?.append('two\n');
  file?.close();
  expect(await said).toBe('one\ntwo\n');
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

describe('a log below /dev or /proc', () => {
  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1', '-'])(
    '%s is standard output: a file there gets every line, and is not rotated',
    (path) => {
      const folder = freshFolder();
      const out = openSync(join(folder, 'out.txt'), 'w');
      const { status } = spawnSync(process.execPath, [program, path, '300'], { stdio: ['ignore', out, 'inherit'] });
      closeSync(out);
      expect([status, readdirSync(folder).sort()]).toEqual([0, ['out.txt', 'volume']]);
      const text = readFileSync(join(folder, 'out.txt'), 'utf8');
      expect([text.match(/pad=/g)?.length, text.match(/^printed$/gm)?.length]).toEqual([300, 1]);
    },
  );

  it.each([
    ['/dev/stdout', 1],
    ['/dev/stderr', 2],
  ])('%s works as a pipe too, and when a reload moves the log there', (path, stream) => {
    const { output, status } = spawnSync(process.execPath, [program, join(freshFolder(), 'log'), '300', path], {
      encoding: 'utf8',
    });
    expect([status, output[stream]?.match(/pad=/g)?.length]).toEqual([0, 300]);
  });

  it('is only written to, also through a link of one\'s own, and never replaced', () => {
    const folder = freshFolder();
    const memory = `/dev/shm/pinky-log-test-${process.pid}`;
    symlinkSync(memory, join(folder, 'my.log'));
    try {
      const file = new SharedLogFile({ path: join(folder, 'my.log'), rotation, header: () => '# log\n' });
      write(file, 60);
      file.close();
      expect(readFileSync(memory, 'utf8').split('\n')).toHaveLength(61);
      expect(readdirSync('/dev/shm').filter((name) => name.startsWith(memory.slice(9)))).toHaveLength(1);
      expect(lstatSync(join(folder, 'my.log')).isSymbolicLink()).toBe(true);
    } finally {
      rmSync(memory, { force: true });
    }
    expect(existsSync(memory)).toBe(false);
  });

  it.each([
    ['/dev/null', { path: '/dev/null', isOfSystem: true }],
    ['/proc/self/fd/7', { path: '/proc/self/fd/7', isOfSystem: true }],
    ['/dev/stderr', { stream: 'stderr' }],
    ['/proc/4711/fd/1', { path: '/proc/4711/fd/1', isOfSystem: true }],
    ['/device/log', { path: '/device/log', isOfSystem: false }],
  ])('is known by its path: %s', (path, target) => {
    expect(logTarget(path)).toEqual(target);
  });
});
