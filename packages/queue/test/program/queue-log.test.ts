import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '@pinky/protocol';
import { QueueLog } from '../../src/program/queue-log.js';

describe('the log of the queue', () => {
  let dir: string;
  let path: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-queue-log-'));
    path = join(dir, 'queue.log');
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const lines = (file = path): unknown[] =>
    readFileSync(file, 'utf8').trim().split('\n').map((line) => JSON.parse(line));

  it('has a line for each record: time, level, pid, event, fields', () => {
    new QueueLog(path, 'info').logger.warn({ event: 'redis.away', attempt: 3 });
    expect(readFileSync(path, 'utf8')).toMatch(
      new RegExp(`^{"ts":"\\d{4}-[^"]+Z","level":"warn","pid":${process.pid},"event":"redis.away","attempt":3}\n$`),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves out what is below its level, which may change', () => {
    const log = new QueueLog(path, 'warn');
    log.logger.info({ event: 'one' });
    log.setLevel('info');
    log.logger.info({ event: 'two' });
    expect(lines()).toEqual([expect.objectContaining({ event: 'two' })]);
  });

  it('begins a new file when the supervisor has moved the old one away, and rotates nothing itself', () => {
    const { logger } = new QueueLog(path, 'info');
    for (let n = 0; n < 2_000; n++) logger.info({ event: 'long', text: 'x'.repeat(1_000) }); // 2 MB
    expect(readdirSync(dir)).toEqual(['queue.log']);
    renameSync(path, `${path}.0`);
    logger.info({ event: 'next' });
    expect(lines()).toEqual([expect.objectContaining({ event: 'next' })]);
    expect(lines(`${path}.0`)).toHaveLength(2_000);
  });

  it('goes on after a record that is not JSON', () => {
    const { logger } = new QueueLog(path, 'info');
    logger.info({ event: 'odd', big: 1n } as LogRecord);
    logger.info({ event: 'next' });
    expect(lines()).toEqual([
      expect.objectContaining({ event: 'odd', unprintable: expect.stringContaining('BigInt') }),
      expect.objectContaining({ event: 'next' }),
    ]);
  });

  it('goes to stderr if its file cannot be opened', () => {
    const written: unknown[] = [];
    const stderr = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written.push(text);
      return true;
    });
    try {
      new QueueLog(join(dir, 'none', 'queue.log'), 'info').logger.info({ event: 'next' });
    } finally {
      stderr.mockRestore();
    }
    expect(written.map((text) => JSON.parse(String(text)).event)).toEqual(['log.not_opened', 'next']);
  });
});
