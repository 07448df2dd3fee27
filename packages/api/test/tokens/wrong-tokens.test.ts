import { FakeClock } from '@pinky/protocol/testing';
import { WrongTokens } from '../../src/tokens/index.js';

it('lets an address wait for the rest of the minute, and no other one', async () => {
  const clock = new FakeClock();
  const wrongTokens = new WrongTokens(clock, () => 2);
  wrongTokens.add('10.0.0.1');
  expect(wrongTokens.waitMs('10.0.0.1')).toBe(0);
  await clock.advance(20_000);
  wrongTokens.add('10.0.0.1');
  expect(wrongTokens.waitMs('10.0.0.1')).toBe(40_000);
  expect(wrongTokens.waitMs('10.0.0.2')).toBe(0);
  await clock.advance(40_000);
  expect(wrongTokens.waitMs('10.0.0.1')).toBe(0);
});
