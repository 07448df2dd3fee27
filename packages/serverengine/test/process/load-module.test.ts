import { loadWorker } from '../../src/process/load-module.js';
import type { WorkerGiven } from '../../src/worker/worker.js';

// The cast is the point: a program in JavaScript may give anything.
it.each([
  ['an arrow function', () => undefined, /a function that is no class.*: give an object or a class with run/],
  ['an async function', async () => undefined, /a function that is no class/],
  ['nothing', undefined, /the worker is undefined: give an object or a class/],
  ['null', null, /the worker is null: give an object/],
  ['a number', 7, /the worker is 7: give an object/],
])('refuses %s as a worker, and says what it takes', async (_what, given, words) => {
  await expect(loadWorker(given as unknown as WorkerGiven)).rejects.toMatchObject({
    code: 'bad_option',
    message: expect.stringMatching(words),
  });
});

it('takes an old-style constructor, without a call of it', async () => {
  const calls: unknown[] = [];
  const given = function (this: unknown) { calls.push(this); } as unknown as WorkerGiven;
  expect(await loadWorker(given)).toBe(given);
  expect(calls).toEqual([]);
});
