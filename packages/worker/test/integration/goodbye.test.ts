import { readdirSync } from 'node:fs';
import { patienceMs } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import { runs } from './processes.js';

/** Blocks this process, and with it the fakes of queue and supervisor, while something is so, for so long at most. */
function standStillWhile(isSo: () => boolean, mostMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const endsAt = Date.now() + mostMs; Date.now() < endsAt && isSo();) Atomics.wait(pause, 0, 0, 10);
}

/** Whether it ends, but some of its threads are left: a process closes its sockets when its last thread ends. */
const hasThreadsLeft = (pid: number): boolean => !runs(pid) && readdirSync(`/proc/${pid}/task`).length > 1;

describe('the last answers of a worker that leaves', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  it('reach a queue that is busy and writes to the worker before it has read them', async () => {
    const { worker } = await box.up('one', box.funpack('silent.sh'));
    const list = box.command('list', { serverId: 'one' }, { id: 'list' }); // for two seconds: the game does not answer
    await box.takenUp('one', 'list');
    worker.signal('SIGINT');
    standStillWhile(() => runs(worker.pid), 2_200);
    standStillWhile(() => hasThreadsLeft(worker.pid), patienceMs);
    box.queue.redisIsBack(); // tells every worker where to go on
    expect(await list).toMatchObject({ players: [] });
    expect(await worker.ended).toMatchObject({ code: 3 });
  });

  it('include those that its own end decides: of a start that it cancels, of a stop that it carries out', async () => {
    const worker = box.startWorker('one');
    const start = box.start('one', box.funpack('never-ready.sh'), { id: 'start' });
    await box.queue.event('one', 'launched');
    const stop = box.stop('one', { id: 'stop' });
    await box.takenUp('one', 'stop');
    worker.signal('SIGTERM');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    expect(await worker.ended).toMatchObject({ code: 0 });
  });
});
