import { isDeepStrictEqual } from 'node:util';

/** Something that the story found otherwise than it should be: a sentence for people, no stack. */
class Expectation extends Error {
  isExpectation = true;
}

export function expect(isAsItShouldBe, sentence) {
  if (!isAsItShouldBe) throw new Expectation(sentence);
}

export function expectEqual(actual, wanted, what) {
  expect(
    isDeepStrictEqual(actual, wanted),
    `${what} should be ${JSON.stringify(wanted)}, and is ${JSON.stringify(actual)}`,
  );
}

/** Looks until `look` returns something; throws a sentence after `timeoutMs`. */
export async function until(look, what, timeoutMs = 20_000, everyMs = 10) {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    expect(performance.now() < giveUpAt, `waited ${timeoutMs / 1000} s in vain until ${what}`);
    await new Promise((done) => { setTimeout(done, everyMs); });
  }
}

/** As `expectEqual`, for what follows the events a moment later. */
export async function expectSoon(look, wanted, what) {
  await until(async () => isDeepStrictEqual(await look(), wanted), `${what} is ${JSON.stringify(wanted)}`, 2_000).catch(
    () => undefined,
  );
  expectEqual(await look(), wanted, what);
}
