import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, linkSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createLogger } from '../../src/logger/create-logger';
import { createPlainLogger } from '../../src/logger/plain-logger';
import { SharedLogFile } from '../../src/logger/shared-log-file';
import { bundleProgram, scratch } from '../programs/program';

const dir = scratch();
afterAll(dir.remove);
let count = 0;
const freshPath = (): string => join(dir.path, `log-${(count += 1)}`);
const read = (path: string): string => readFileSync(path, 'utf8');
const now = (): number => Date.UTC(2026, 10, 21, 7, 30, 0, 123);

describe.each([['createLogger', createLogger], ['createPlainLogger', createPlainLogger]])('%s', (_name, create) => {
  it('writes readable lines, one for each record', async () => {
    const path = freshPath();
    const log = create({ path, now, level: 'trace' });
    log.trace({
      event: 'a.b',
      text: 'two words',
      line: 'x\ny',
      number: 1,
      nothing: undefined,
    });
    log.error({ event: 'failed', error: new Error('why') });
    await log.close();
    const [first, second, ...rest] = read(path).split('\n');
    expect(first).toMatch(
      /^2026-11-21 \d\d:30:00\.123 [+-]\d{4} \[trace\]: a\.b text="two words" line="x\\ny" number=1$/,
    );
    expect(second).toMatch(/\[error\]: failed error="Error: why\\n/);
    expect(rest).toEqual(['']);
  });

  it('writes JSON lines if asked to, even of errors, circles and big integers', async () => {
    const path = freshPath();
    const log = create({
      path,
      now,
      format: 'json',
      fields: { role: 'queue' },
    });
    const circle: Record<string, unknown> = { big: 10n };
    circle['self'] = circle;
    log.warn({ event: 'odd', circle, cause: new Error('why') });
    const { time, level, pid, event, ...fields } = JSON.parse(read(path)) as Record<string, unknown>;
    expect({ time, level, pid, event }).toEqual({
      time: '2026-11-21T07:30:00.123Z',
      level: 'warn',
      pid: process.pid,
      event: 'odd',
    });
    expect(fields).toMatchObject({
      role: 'queue',
      circle: { big: '10', self: '[circular]' },
      cause: { message: 'why' },
    });
    await log.close();
  });

  it('drops records below its level, and takes another level and path while it runs', async () => {
    const path = freshPath();
    const log = create({ path, level: 'warn' });
    log.info({ event: 'no' });
    log.configure({ level: 'info' });
    log.info({ event: 'one' });
    const next = freshPath();
    log.configure({ path: next });
    log.info({ event: 'two' });
    expect(() => log.configure({ level: 'warning' })).toThrow('invalid log level: warning');
    expect(() => log.configure({ path: join(dir.path, 'missing', 'log') })).toThrow('ENOENT');
    log.info({ event: 'three' });
    await log.close();
    expect([read(path), read(next)].map((text) => text.match(/: \w+$/gm))).toEqual([[': one'], [': two', ': three']]);
  });

  it('fails at once if the directory does not exist', () => {
    expect(() => create({ path: join(dir.path, 'missing', 'log') })).toThrow('ENOENT');
  });

  it('writes nothing and throws nothing after it was closed twice', async () => {
    const path = freshPath();
    const log = create({ path });
    await log.close();
    await log.close();
    log.info({ event: 'late' });
    log.reopen();
    expect(read(path)).toBe('');
  });
});

describe('a log file', () => {
  it('follows a rename at the next record, with and without a new file at the path', () => {
    const path = freshPath();
    const file = new SharedLogFile({ path });
    file.append('1\n');
    renameSync(path, `${path}.moved`);
    file.append('2\n');
    unlinkSync(path);
    file.reopen();
    file.append('3\n');
    file.close();
    expect([read(`${path}.moved`), read(path)]).toEqual(['1\n', '3\n']);
  });

  it('keeps as many generations as asked for, the newest old one as .0, each a little over the size', () => {
    const path = freshPath();
    const file = new SharedLogFile({ path, rotation: { sizeBytes: 1000, generations: 3 } });
    for (let index = 1; index <= 60; index += 1) file.append(`${index}`.padEnd(99) + '\n');
    file.close();
    expect(['', '.0', '.1', '.2'].map((end) => existsSync(path + end))).toEqual([true, true, true, false]);
    expect(statSync(`${path}.0`).size).toBe(1100);
    expect(read(path).trim().split(/\s+/).at(-1)).toBe('60');
  });

  it('removes the second name of a log that a killed rotation left, so that no line is there twice', () => {
    const path = freshPath();
    const file = new SharedLogFile({ path, rotation: { sizeBytes: 10, generations: 5 } });
    file.append('first line\n');
    linkSync(path, `${path}.0`);
    file.append('second line\n');
    file.append('third line\n');
    file.close();
    expect(['', '.0', '.1', '.2'].map((end) => existsSync(path + end) && read(path + end))).toEqual([
      'third line\n',
      'second line\n',
      'first line\n',
      false,
    ]);
  });

  it('counts the records that a full disk refuses, and reports them when it can write again', () => {
    const path = freshPath();
    const missingLine = (missing: number): string => `missing ${missing}\n`;
    const file = new SharedLogFile({ path: '/dev/full', missingLine, rotation: { generations: 0 } });
    file.append('1\n');
    file.append('2\n');
    expect(file.missingRecords).toBe(2);
    file.close();
    const log = new SharedLogFile({ path, missingLine });
    renameSync(path, `${path}.away`);
    execFileSync('mkdir', [path]); // a directory in the way: nothing can be opened
    log.append('lost\n');
    execFileSync('rmdir', [path]);
    log.append('found\n');
    log.close();
    expect(read(path)).toBe('missing 1\nfound\n');
  });
});

describe('hooked standard streams', () => {
  it('put a process\'s output into its log in whole lines, even right before it exits', () => {
    const program = bundleProgram('prints-and-exits', dir.path);
    const path = freshPath();
    const result = spawnSync(process.execPath, [program, path], { encoding: 'utf8' });
    expect([result.stdout, result.stderr, result.status]).toEqual(['', '', 3]);
    expect(read(path).replace(/^.*\[fatal\]/m, '[fatal]')).toBe(
      'hello\non stderr\nin two pieces ✓\n[fatal]: last\nunfinished\n',
    );
  });

  it('leave standard output alone for a path of -, where errors go too', () => {
    const program = bundleProgram('prints-and-exits', dir.path);
    const result = spawnSync(process.execPath, [program, '-'], { encoding: 'utf8' });
    expect(result.stdout).toContain('hello\non stderr\nin two pieces ✓\n');
    expect([result.stderr, result.status]).toEqual(['', 3]);
  });
});
