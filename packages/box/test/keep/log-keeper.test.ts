import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { LogKeeper } from '../../src/keep/log-keeper';

const logger = {
  trace: jest.fn(),
  debug: jest.fn(),
  info: jest.fn(),
  warn: jest.fn(),
  error: jest.fn(),
  fatal: jest.fn(),
};

describe('the logs of a box', () => {
  let home: string;
  let keeper: LogKeeper;
  const path = (name: string) => join(home, 'log', name);
  const log = (name: string, text: string) => writeFileSync(path(name), text, { flag: 'a' });
  const content = (name: string) => readFileSync(path(name), 'utf8');

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'log-keeper-'));
    mkdirSync(path(''));
    const servers = join(home, 'servers');
    const config = { home, servers, logSizeBytes: 10, logFiles: 3 } as BoxConfig; // it reads only these fields
    const hasWorker = (serverId: string) => serverId === 'runs';
    keeper = new LogKeeper({ config: () => config, clock: new FakeClock(), logger, hasWorker });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it.each(['workers.log', 'redis.log', 'worker-one.log', 'supervisor.out'])(
    '%s is rotated when it is too long, and the right number of files is kept',
    (name) => {
      for (const text of ['first of all\n', 'second of all\n', 'third of all\n', 'short\n']) {
        log(name, text);
        keeper.look();
      }
      expect(readdirSync(path('')).sort()).toEqual([name, `${name}.0`, `${name}.1`]);
      expect([name, `${name}.0`, `${name}.1`].map(content)).toEqual(['short\n', 'third of all\n', 'second of all\n']);
    },
  );

  it('of workers go if they are empty and no worker holds them, empty rotations too', () => {
    mkdirSync(join(home, 'servers', 'stopped'), { recursive: true });
    const empty = ['worker-gone', 'successor-gone', 'worker-runs', 'worker-stopped', 'redis'];
    for (const name of [...empty.map((one) => `${one}.log`), 'worker-gone.log.0', 'worker-runs.log.0']) log(name, '');
    for (const name of ['worker-broke.log', 'worker-gone.log.1']) log(name, 'Error');
    keeper.look();
    expect(readdirSync(path('')).sort()).toEqual([
      'redis.log',
      'worker-broke.log',
      'worker-gone.log.1',
      'worker-runs.log',
      'worker-runs.log.0',
    ]);
  });

  it('of workers go at the end of the supervisor too', async () => {
    log('worker-gone.log', '');
    log('worker-runs.log', '');
    await keeper.keep(AbortSignal.abort());
    expect(readdirSync(path(''))).toEqual(['worker-runs.log']);
  });

  it('are emptied under a process that holds them open, which goes on at the beginning', () => {
    const fd = openSync(path('redis.log'), 'a');
    try {
      writeSync(fd, 'ready to accept connections\n');
      keeper.look();
      writeSync(fd, 'saved\n');
    } finally {
      closeSync(fd);
    }
    expect(content('redis.log')).toBe('saved\n');
    expect(content('redis.log.0')).toBe('ready to accept connections\n');
  });

  it('stay as they are if they are short, are not logs, or rotate themselves', () => {
    log('workers.log', 'short\n');
    log('notes.txt', 'not a log, and long\n');
    log('supervisor.log', 'rotated by its writer\n');
    keeper.look();
    expect(readdirSync(path('')).sort()).toEqual(['notes.txt', 'supervisor.log', 'workers.log']);
  });

  it('are rotated even if another one cannot be', () => {
    mkdirSync(path('redis.log.new'));
    log('redis.log', 'a line that is long\n');
    log('workers.log', 'a line that is long\n');
    keeper.look();
    expect(statSync(path('workers.log')).size).toBe(0);
    expect(content('redis.log')).toBe('a line that is long\n');
    expect(logger.warn).toHaveBeenCalledWith(expect.objectContaining({ event: 'log.not_rotated', log: 'redis.log' }));
  });

  it('may be missing altogether', () => {
    rmSync(path(''), { recursive: true });
    expect(() => keeper.look()).not.toThrow();
  });
});
