import { isDeepStrictEqual } from 'node:util';
import { lookFor, NeverHappened } from '@pinky/protocol/testing';

/** The story found something wrong: a sentence for people, without a stack. */
class Expectation extends Error {}

/** Whether the failure's sentence says all that people need. */
export const isForPeople = (failure) => failure instanceof Expectation || failure instanceof NeverHappened;

export function expect(isAsItShouldBe, sentence) {
  if (!isAsItShouldBe) throw new Expectation(sentence);
}

export function expectEqual(actual, wanted, what) {
  expect(
    isDeepStrictEqual(actual, wanted),
    `${what} should be ${JSON.stringify(wanted)}, and is ${JSON.stringify(actual)}`,
  );
}

/** As `expectEqual`, for what follows an event a moment later. */
export async function expectSoon(look, wanted, what) {
  let seen;
  await lookFor(async () => isDeepStrictEqual((seen = await look()), wanted));
  expectEqual(seen, wanted, what);
}
