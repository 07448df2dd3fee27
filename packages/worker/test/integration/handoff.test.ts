import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import type { RealWorker } from './real-worker.js';

describe('a worker whose supervisor dies in the middle of a handoff', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const letGo = (): void => box.order('one', {
    type: 'stopShard',
    Shard: 0,
    SessionID: '',
    Sequence: 0,
  });

  /** It is nobody's until a worker adopts it, and the next supervisor starts one only if there is none. */
  async function leavesTheGameToAnother(worker: RealWorker, game: number): Promise<void> {
    expect(await worker.ended).toMatchObject({ code: 3 });
    box.startWorker('one');
    await box.queue.status('one', ({ state }) => state === 'up');
    await box.command('broadcast', { serverId: 'one', message: 'here again' });
    expect(box.pidFile('one')).toBe(game);
  }

  it('leaves if it had let go of its game', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    letGo();
    await until('it has let go', () => box.supervisorHeard.includes('stopShard'));
    await box.restartSupervisor();
    await leavesTheGameToAnother(worker, game);
  });

  it('leaves if it was about to let go of its game', async () => {
    const { worker, game } = await box.up('one', box.funpack('silent.sh'));
    const list = box.command('list', { serverId: 'one' }, { id: 'list' }); // for two seconds: no answer comes
    await box.takenUp('one', 'list'); // by another connection than the order, which could overtake it
    letGo();
    box.order('one', { type: 'shardMigrationStart', FromThisSlave: true, NumShards: 1 });
    await until('it has read both orders', () => box.supervisorHeard.includes('shardMigrationStart'));
    let hasLeft = false; // on a machine that is so busy that the two seconds are over by now
    void worker.ended.then(() => { hasLeft = true; });
    await box.restartSupervisor();
    await until('it has said hello to the next one', () => hasLeft || box.supervisorHeard.includes('slaveHello'));
    expect(await list).toMatchObject({ players: [] });
    await leavesTheGameToAnother(worker, game);
  });
});
