import { boxCommandNames, commandNames } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { CommandTimes } from '../../src/commands/command-times.js';

it('counts each command once, in the bucket of its duration', async () => {
  const clock = new FakeClock();
  const times = new CommandTimes(clock);
  const takenAt = clock.now();
  times.answered('list', 'tell', takenAt);
  await clock.advance(4_000);
  times.answered('list', 'tell', takenAt);
  await clock.advance(996_000);
  times.answered('list', 'tell', takenAt);
  const { bounds, series } = times.figures.answered;
  expect(series).toHaveLength(1);
  expect(series[0]).toMatchObject({ labels: { command: 'tell', way: 'list' }, sum: 1_004 });
  const filled = series[0]?.counts.flatMap((count, at) => (count > 0 ? [[bounds[at], count]] : []));
  expect(filled).toEqual([[0.005, 1], [5, 1], [undefined, 1]]);
});

it('has no label of its own for a name that is no command\'s, so its series are bounded', () => {
  const clock = new FakeClock();
  const times = new CommandTimes(clock);
  const names = [...commandNames, ...boxCommandNames, 'strat', '', undefined, { name: 'x' }];
  for (const way of ['job', 'list', 'socket'] as const)
    for (const name of names) times.answered(way, name, clock.now());
  const { series, bounds } = times.figures.answered;
  expect(series).toHaveLength(3 * (commandNames.length + boxCommandNames.length + 1));
  const others = series.filter(({ labels }) => labels['command'] === 'other');
  expect(others.map(({ counts }) => counts[0])).toEqual([4, 4, 4]);
  expect(series.length * (bounds.length + 3)).toBeLessThan(1_500);
});

it('counts no wait below nothing, where the clock of the producer is ahead', () => {
  const clock = new FakeClock();
  const times = new CommandTimes(clock);
  times.taken(clock.wallNow() + 60_000);
  times.taken(clock.wallNow() - 60_000);
  expect(times.figures.waited.series).toMatchObject([{ labels: {}, sum: 60 }]);
});
