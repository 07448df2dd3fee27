import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@pinky/protocol';
import { lastLines } from '../../src/observe/disk.js';
import { LogFollower } from '../../src/observe/log-follower.js';

/** A log may be a pipe to a collector. To open it would wait for a writer, and to read it would take its lines. */
describe('a log that is a pipe', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'log-pipes-'));
    spawnSync('mkfifo', [join(dir, 'queue.log')]);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is left out by those who follow logs, and the others are shown', async () => {
    const end = new AbortController();
    const seen: string[] = [];
    const logs = new LogFollower(dir, (log, line) => {
      seen.push(`${log}: ${line}`);
      end.abort();
    });
    logs.skip();
    const following = logs.follow(systemClock, end.signal);
    writeFileSync(join(dir, 'supervisor.log'), 'ready\n');
    await following;
    expect(seen).toEqual(['supervisor: ready']);
  });

  it('has no last lines', () => {
    expect(lastLines(join(dir, 'queue.log'), 5)).toEqual([]);
  });
});
