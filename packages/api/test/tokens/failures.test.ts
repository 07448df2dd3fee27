import { FakeClock } from '@pinky/protocol/testing';
import { Failures } from '../../src/tokens/index.js';

it('lets an address wait for the rest of the minute, and no other one', async () => {
  const clock = new FakeClock();
  const failures = new Failures(clock, () => 2);
  failures.add('10.0.0.1');
  expect(failures.waitMs('10.0.0.1')).toBe(0);
  await clock.advance(20_000);
  failures.add('10.0.0.1');
  expect(failures.waitMs('10.0.0.1')).toBe(40_000);
  expect(failures.waitMs('10.0.0.2')).toBe(0);
  await clock.advance(40_000);
  expect(failures.waitMs('10.0.0.1')).toBe(0);
});
