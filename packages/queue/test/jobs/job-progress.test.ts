import { silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { CurrentSession } from '../../src/jobs/current-session.js';
import { JobProgress, progressValue } from '../../src/jobs/job-progress.js';
import type { HeldJob, JobSession } from '../../src/jobs/job-session.js';

describe('the progress of a job', () => {
  it('names the step of a start, and how many bytes it has moved', () => {
    expect(progressValue({
      label: 'download',
      done: 5,
      total: 9,
      phase: 'world',
    })).toEqual({
      phase: 'world',
      done: 1,
      total: 5,
      bytes: 5,
      totalBytes: 9,
    });
    expect(progressValue({ label: 'prepare', done: 0, phase: 'prepare' })).toEqual({
      phase: 'prepare',
      done: 3,
      total: 5,
      bytes: 0,
    });
  });

  it('names other work, and counts no lines of a program as bytes', () => {
    expect(progressValue({ label: 'backup', done: 7 })).toEqual({
      phase: 'backup',
      done: 0,
      total: 1,
      bytes: 7,
    });
    expect(progressValue({ label: 'compiling', done: 7, total: 8 })).toMatchObject({ phase: 'compiling', bytes: 0 });
  });
});

describe('the writing of a job\'s progress', () => {
  const setUp = (write: (value: unknown) => Promise<unknown>) => {
    const clock = new FakeClock();
    const session = new CurrentSession();
    const job = { updateProgress: write };
    // Only this is called of a session.
    session.set({
      withJob: async (_held: unknown, change: (one: unknown) => Promise<unknown>) => change(job),
    } as unknown as JobSession);
    const progress = new JobProgress({ session, logger: silentLogger, clock });
    const tell = progress.listenerFor({ id: '1' } as HeldJob, new AbortController().signal);
    return { clock, tell };
  };
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  };

  it('writes each step at once, and bytes at most twice a second', async () => {
    const written: unknown[] = [];
    const { clock, tell } = setUp(async (value) => void written.push(value));
    tell({ label: 'download', done: 1, phase: 'funpack' });
    await turns();
    for (const done of [2, 3, 4]) tell({ label: 'download', done, phase: 'funpack' });
    await turns();
    expect(written).toMatchObject([{ bytes: 1 }]);
    await clock.advance(500);
    await turns();
    expect(written).toMatchObject([{ bytes: 1 }, { bytes: 4 }]); // also where the step tells nothing more
    tell({ label: 'download', done: 5, phase: 'funpack' });
    tell({ label: 'world', done: 0, phase: 'world' });
    await turns();
    expect(written).toMatchObject([{ bytes: 1 }, { bytes: 4 }, { bytes: 5 }, { phase: 'world' }]);
  });

  it('is not disturbed by a write that fails', async () => {
    const written: unknown[] = [];
    const { tell } = setUp(async (value) => {
      written.push(value);
      if (written.length === 1) throw new Error('the job is gone');
    });
    tell({ label: 'funpack', done: 0, phase: 'funpack' });
    await turns();
    tell({ label: 'world', done: 0, phase: 'world' });
    await turns();
    expect(written).toHaveLength(2);
  });
});
