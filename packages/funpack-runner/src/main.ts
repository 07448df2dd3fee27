/** The funpack-runner does one task for the worker that forked it, and ends. */
import { spawnSync } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import { systemClock, titles, toErrorAnswer, type ErrorAnswer } from '@pinky/protocol';
import { ThreadCodec } from './lzop/thread-codec.js';
import type { FromRunner, ToRunner } from './task/messages.js';
import { perform } from './task/perform.js';
import { throttleProgress } from './task/progress-throttle.js';
import type { RunnerTask } from './task/tasks.js';

/** The games come first: nice 10 of 19. Nothing on the machine is to wait for the maintenance. */
const nicenessOf = (task: RunnerTask): number => (task.type === 'maintain' ? 19 : 10);
/** The classes of ionice(1): only when the disk is idle, and last of those that share it. */
const diskPriority: Readonly<Partial<Record<RunnerTask['type'], readonly string[]>>> = {
  maintain: ['-c', '3'],
  backup: ['-c', '2', '-n', '7'],
};
/** How long a clean-up may take after the worker's death, milliseconds. */
const cleanUpMs = 10_000;

const cancel = new AbortController();

function tell(message: FromRunner): Promise<void> {
  return new Promise((resolve) =>
    process.connected ? process.send?.(message, undefined, {}, () => resolve()) : resolve(),
  );
}

async function work(task: RunnerTask): Promise<void> {
  const codec = new ThreadCodec();
  try {
    const result = await perform(task, {
      codec,
      signal: cancel.signal,
      wallNow: () => systemClock.wallNow(),
      onProgress: throttleProgress(systemClock, (progress) => void tell({ type: 'progress', progress })),
      onLine: (line) => void tell({ type: 'line', line }),
    });
    await tell({ type: 'done', result });
  } catch (failure) {
    await tell({ type: 'failed', error: withCause(toErrorAnswer(failure), failure) });
  } finally {
    await codec.close();
  }
}

/** A defect is reported with its stack, which nobody else will see. */
function withCause(answer: ErrorAnswer, failure: unknown): ErrorAnswer {
  return answer.code === 'internal' && failure instanceof Error
    ? { ...answer, details: { ...answer.details, stack: failure.stack } }
    : answer;
}

process.on('message', (message: ToRunner) => {
  if (message.type === 'abort') return cancel.abort();
  process.title = titles.runner(message.task.type, message.serverId);
  // Only root may be less nice than before, and a box may run at a niceness of its own.
  setPriority(Math.max(getPriority(), nicenessOf(message.task)));
  // Threads inherit the class, and none of those that read and write files is there yet. A container may refuse it.
  const disk = diskPriority[message.task.type];
  if (disk) spawnSync('ionice', [...disk, '-p', String(process.pid)]);
  void work(message.task).finally(() => process.disconnect?.());
});
process.on('disconnect', () => {
  cancel.abort();
  // not exit(): it waits for calls that a hanging disk or share never answers
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), cleanUpMs).unref();
});
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => cancel.abort());
