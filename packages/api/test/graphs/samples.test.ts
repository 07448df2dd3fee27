import {
  appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger, type BoxConfig, type Definition } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { curveOf } from '../../src/graphs/curve';
import { SampleFiles } from '../../src/graphs/sample-files';
import { SampleKeeper } from '../../src/graphs/sample-keeper';
import type { Sample } from '../../src/graphs/sample';
import { statusOf } from '../support/api-home';

const begin = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;
const sample = (at: number, more: Partial<Sample> = {}): Sample => ({
  at,
  spanMs: 30_000,
  cpuPercent: 10,
  memoryBytes: 1_000,
  players: 1,
  ...more,
});

let home: string;
beforeEach(() => { home = mkdtempSync(join(tmpdir(), 'pinky-samples-')); });
afterEach(() => rmSync(home, { recursive: true, force: true }));
const file = (name: string): string => join(home, 'history/a/samples', name);

it('are read as they were taken, and a line that was cut short is left out', async () => {
  const files = new SampleFiles(home, 'a');
  await files.add(sample(begin, { cpuPercent: 12.34 }));
  appendFileSync(file('newest.log'), '17672256');
  await files.add(sample(begin + minuteMs)); // joined to the half line, as after a death: that one is lost
  await files.add(sample(begin + 2 * minuteMs, { players: 7 }));
  expect(await files.between(begin, begin + 9 * minuteMs)).toEqual([
    sample(begin, { cpuPercent: 12.3 }),
    sample(begin + 2 * minuteMs, { players: 7 }),
  ]);
});

it('have no number of players where nobody can know it', async () => {
  const files = new SampleFiles(home, 'a');
  const taken = [sample(begin, { players: null }), sample(begin + 30_000, { players: null })];
  for (const each of taken) await files.add(each);
  expect(await files.between(begin, begin + minuteMs)).toEqual(taken);
  expect(curveOf(taken, minuteMs).players).toEqual([null]);
  expect(curveOf([...taken.slice(1), sample(begin + 40_000, { players: 3 })], minuteMs).players).toEqual([3]);
});

it('become one line for ten minutes, also where another process goes on', async () => {
  for (let minute = 0; minute < 6; minute++)
    await new SampleFiles(home, 'a').add(sample(begin + minute * minuteMs, { cpuPercent: minute, players: minute }));
  await new SampleFiles(home, 'a').add(sample(begin + 10 * minuteMs));
  await new SampleFiles(home, 'a').add(sample(begin + 20 * minuteMs));
  const lines = readFileSync(file('old.log'), 'utf8').trim().split('\n');
  expect(lines).toEqual([`${begin / 1_000} 2.5 1000 5`, `${begin / 1_000 + 600} 10 1000 1`]);
});

it('are kept for a day each, and by ten minutes for a month', async () => {
  const dayMs = 1_440 * minuteMs;
  const lines = (from: number, stepMs: number, count: number): string =>
    Array.from({ length: count }, (_, i) => `${(from + i * stepMs) / 1_000} 123.4 12345678901 100\n`).join('');
  mkdirSync(file('.'), { recursive: true });
  writeFileSync(file('old.log'), lines(begin, 10 * minuteMs, 300));
  writeFileSync(file('newest.before.log'), lines(begin, minuteMs / 2, 10));
  writeFileSync(file('newest.log'), lines(begin + dayMs, minuteMs / 2, 4_000));
  await new SampleFiles(home, 'a').add(sample(begin + 3 * dayMs));
  const kept = await new SampleFiles(home, 'a').between(begin, begin + 3 * dayMs);
  expect(kept.filter(({ spanMs }) => spanMs === 30_000)).toHaveLength(4_001);
  expect(kept.filter(({ spanMs }) => spanMs > 30_000)).toHaveLength(144);
  expect(readdirSync(file('.')).toSorted()).toEqual(['newest.before.log', 'newest.log', 'old.log']);
  expect(readFileSync(file('newest.log'), 'utf8').split('\n')).toHaveLength(2);
});

it('are thinned to the mean of the processor and the most of the rest, and a gap stays one', () => {
  const half = minuteMs / 2;
  const samples = [0, 1, 2, 3, 60, 61].map((at) =>
    sample(begin + at * half, { cpuPercent: at, memoryBytes: at, players: at }));
  const seconds = (at: number): number => (begin + at * half) / 1_000;
  expect(curveOf(samples, minuteMs)).toEqual({
    times: [seconds(0), seconds(2), seconds(4), seconds(60)],
    cpuPercent: [0.5, 2.5, null, 60.5],
    memoryBytes: [1, 3, null, 61],
    players: [1, 3, null, 61],
  });
});

it('are taken twice a minute of games that run, and not while the queue is away', async () => {
  const clock = new FakeClock();
  let isAway = false;
  const asked: unknown[] = [];
  const keeper = new SampleKeeper({
    config: () => ({ home }) as BoxConfig, // it looks at no other field
    clock,
    logger: silentLogger,
    queue: {
      ask: async (method, params) => {
        asked.push([method, params]);
        if (isAway) throw new Error('away');
        return { a: { cpuPercent: 20, memoryBytes: 5 }, removed: { cpuPercent: 1, memoryBytes: 1 } };
      },
    },
    state: {
      statuses: async () => [statusOf('a', { players: ['ann', 'bo'] }), statusOf('down'), statusOf('removed')],
      definition: (id) => (id === 'removed' ? undefined : ({ serverId: id } as Definition)),
    },
  });
  await keeper.start();
  const taken = async () => (await new SampleFiles(home, 'a').between(0, clock.wallNow())).map(({ at }) => at - begin);
  for (const away of [false, true, false]) {
    isAway = away;
    await clock.advance(30_000);
    await settled(clock);
  }
  expect(await taken()).toEqual([30_000, 90_000]);
  expect(asked[0]).toEqual(['usage', { isPassing: true }]);
  expect(readdirSync(join(home, 'history'))).toEqual(['a']);
  await keeper.stop();
});

/** The keeper sleeps again: what it took is written. */
async function settled(clock: FakeClock): Promise<void> {
  while (clock.sleeping === 0) await new Promise((resolve) => setImmediate(resolve));
}
