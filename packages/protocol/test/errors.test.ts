import { asPinkyError, errnoOf } from '../src/errors';

const failed = (code: unknown, message = ''): Error => Object.assign(new Error(message), { code });

describe('what a failed system call is called', () => {
  it.each<[string, unknown, string | undefined]>([
    ['its code', failed('ENOENT'), 'ENOENT'],
    [
      'read-only by its message, where Node 24 has no name for it',
      failed('', ", Unknown error: Read-only file system '/a'"),
      'EROFS',
    ],
    ['a full disk likewise', failed('', ", Unknown error: No space left on device '/a'"), 'ENOSPC'],
    ['nothing, where neither says it', failed('', 'Unknown error: Level 3 halted'), undefined],
    ['nothing, where the code is a number', failed(7), undefined],
    ['nothing, where it is no error', 'ENOENT', undefined],
  ])('%s', (_, failure, name) => expect(errnoOf(failure)).toBe(name));

  it.each([
    ['EROFS', 'read_only'],
    ['ENOSPC', 'no_space'],
    ['EIO', 'internal'],
  ])('%s is answered with %s', (code, answer) => {
    expect(asPinkyError(failed(code)).code).toBe(answer);
  });
});
