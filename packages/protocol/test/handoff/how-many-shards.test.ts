import { HandoffMaster } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { recorded, slaveOf, turn } from './slaves.js';

describe('a master whose old slave answers how many shards it has', () => {
  const migrateWith = async (shards: number, answer: number): Promise<{ log: string[]; told: number[] }> => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({
      clock: new FakeClock(),
      shards,
      startSlave: () => log.push('start'),
      onMigration: (outcome, because) => log.push(`${outcome}: ${because}`),
    });
    const told: number[] = [];
    const counted = (name: string, says?: number) => ({
      ...recorded(name, log),
      migrationStart: async (_from: boolean, asked: number) => {
        told.push(asked);
        return says ?? asked;
      },
    });
    master.receive({ type: 'slaveHello', Running: true }, slaveOf(() => master, counted('old', answer)));
    master.receive({ type: 'slaveHello', Running: false }, slaveOf(() => master, counted('new')));
    await turn();
    return { log: log.filter((line) => /^new resumes|^moved/.test(line)), told };
  };

  it.each([[1, 3], [4, 2]])('set to %i, moves all of its %i, and tells the new one so', async (shards, answer) => {
    expect(await migrateWith(shards, answer)).toEqual({
      log: [
        ...Array.from({ length: answer }, (_, shard) => `new resumes ${shard} session-${shard} ${7 + shard}`),
        'moved: every shard was resumed',
      ],
      told: [shards, answer],
    });
  });

  it.each([0, -1, 1.5, Number.NaN])('keeps its own number where the answer is %d', async (answer) => {
    expect(await migrateWith(2, answer)).toMatchObject({ told: [2, 2], log: { length: 3 } });
  });
});
