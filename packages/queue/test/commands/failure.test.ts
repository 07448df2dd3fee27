import { UnrecoverableError } from 'bullmq';
import { PinkyError, remedies, toErrorAnswer } from '@pinky/protocol';
import { jobError } from '../../src/commands/failure.js';
import { failureText, parseFailure } from '../../src/index.js';

it.each(Object.keys(remedies) as (keyof typeof remedies)[])(
  'writes %s so that people can read it and programs can read it back',
  (code) => {
    const text = failureText(toErrorAnswer(new PinkyError(code, 'server 12: a sentence: with (a remark)')));
    expect(text).toBe(`${code}: server 12: a sentence: with (a remark) (${remedies[code]})`);
    expect(parseFailure(text)).toMatchObject({ code, message: 'server 12: a sentence: with (a remark)' });
  },
);

it('reads a reason that is not ours as internal', () => {
  expect(parseFailure('job stalled more than allowable limit')).toMatchObject({
    code: 'internal',
    message: 'job stalled more than allowable limit',
  });
  expect(parseFailure('TypeError: x is undefined')).toMatchObject({ code: 'internal' });
});

it('lets BullMQ try only those commands again that may go better the next time', () => {
  expect(jobError(new PinkyError('bad_command', 'x')).error).toBeInstanceOf(UnrecoverableError);
  expect(jobError(new PinkyError('not_ready', 'x')).error).not.toBeInstanceOf(UnrecoverableError);
});
