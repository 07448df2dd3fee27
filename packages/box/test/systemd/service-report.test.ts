import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { ServiceReport } from '../../src/systemd/service-report.js';
import { FakeNotify } from './fake-notify.js';

describe('the report to systemd', () => {
  let dir: string;
  let clock: FakeClock;
  const logged: string[] = [];
  const write = (record: unknown): void => void logged.push(JSON.stringify(record));
  const logger: Logger = {
    trace: write,
    debug: write,
    info: write,
    warn: write,
    error: write,
    fatal: write,
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-sd-'));
    clock = new FakeClock();
    logged.length = 0;
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const report = (
    env: NodeJS.ProcessEnv,
    sources: { status?: () => string; trouble?: () => string | undefined } = {},
  ): ServiceReport =>
    new ServiceReport({
      env,
      clock,
      logger,
      status: () => 'all is well',
      trouble: () => undefined,
      ...sources,
    });

  it('sends nothing without NOTIFY_SOCKET', async () => {
    const notify = new FakeNotify(dir);
    const silent = report({ PATH: notify.searchPath });
    silent.start();
    await Promise.all([silent.ready(), silent.reloading(), silent.stopping()]);
    expect(notify.said()).toEqual([]);
  });

  it('sends in order: ready with the pid, reloading, ready again, stopping', async () => {
    const notify = new FakeNotify(dir);
    const told = report({ PATH: notify.searchPath, NOTIFY_SOCKET: '@abstract' });
    await Promise.all([told.ready(), told.reloading(), told.ready(), told.stopping()]);
    const ready = `@abstract READY=1 MAINPID=${process.pid} STATUS=all is well`;
    expect(notify.said()).toEqual([
      ready,
      expect.stringMatching(/^@abstract RELOADING=1 MONOTONIC_USEC=\d+$/),
      ready,
      '@abstract STOPPING=1 STATUS=all is well',
    ]);
  });

  it('sends a sign of life three times in the interval, and none while a child is neglected', async () => {
    const notify = new FakeNotify(dir);
    let trouble: string | undefined;
    const told = report(
      { PATH: notify.searchPath, NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '6000000' },
      { trouble: () => trouble },
    );
    told.start();
    await told.stopping(); // delivered after the first
    await clock.advance(2_000);
    await told.stopping();
    trouble = 'the queue hangs';
    await clock.advance(2_000);
    await told.stopping();
    await told.stop();
    const stopping = '/s STOPPING=1 STATUS=all is well';
    expect(notify.said()).toEqual(['/s WATCHDOG=1 STATUS=all is well', stopping, '/s WATCHDOG=1', stopping, stopping]);
    expect(logged.join()).toContain('the queue hangs');
  });

  it('goes on if systemd-notify is missing or fails, and logs that once', async () => {
    const [missing, failing] = [
      report({ PATH: '/nowhere', NOTIFY_SOCKET: '/s' }),
      report({ PATH: new FakeNotify(dir, 3).searchPath, NOTIFY_SOCKET: '/s' }),
    ];
    for (const told of [missing, failing]) await Promise.all([told.ready(), told.stopping()]);
    expect(logged).toHaveLength(2);
    expect(logged[0]).toContain('systemd-notify ENOENT');
    expect(logged[1]).toContain('ended with exit code 3');
  });
});
