import fc from 'fast-check';
import { World, type Fault } from './world.js';

const shards = fc.integer({ min: 1, max: 8 }).map((count) => Array.from({ length: count }, (_, shard) => shard));
/** More than the events of a migration of eight shards. */
const after = fc.integer({ min: 1, max: 90 });
const faults = (...kinds: readonly Fault['to'][]): fc.Arbitrary<Fault[]> =>
  fc.array(fc.record({ after, to: fc.constantFrom(...kinds) }), { maxLength: 4 });

describe('a migration of 1 to 8 shards', () => {
  it('runs each shard exactly once in the end, whichever slaves die at whichever step, and never twice', async () => {
    await fc.assert(
      fc.asyncProperty(shards, faults('old', 'new', 'both'), async (all, deaths) => {
        const world = new World(all, deaths);
        await world.live();
        expect(world.runs).toEqual(all.map(() => 1));
        expect([...world.twice]).toEqual([]);
        expect(world.resumed.filter(([, at, stoppedAt]) => at !== stoppedAt)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('runs each shard once in the end if masters die as well, and slaves stand still for a minute', async () => {
    const every = faults('old', 'new', 'both', 'master', 'oldHangs', 'newHangs');
    await fc.assert(
      fc.asyncProperty(shards, every, async (all, happenings) => {
        const world = new World(all, happenings);
        await world.live();
        expect(world.runs).toEqual(all.map(() => 1));
        expect(world.resumed.filter(([, at, stoppedAt]) => at !== stoppedAt)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('runs the shards that a dead slave had left, if its master died with it', async () => {
    const world = new World([0, 1], [{ after: 9, to: 'master' }, { after: 8, to: 'old' }]);
    await world.live();
    expect(world.runs).toEqual([1, 1]);
  });

  it('dies at each single step of three shards, and runs each shard exactly once in the end', async () => {
    for (const to of ['old', 'new', 'both', 'master', 'oldHangs', 'newHangs'] as const)
      for (let step = 1; step <= 45; step += 1) {
        const world = new World([0, 1, 2], [{ after: step, to }]);
        await world.live();
        expect([to, step, ...world.runs]).toEqual([to, step, 1, 1, 1]);
      }
  });
});
