import { boxCommandNames } from '../src/commands/box-commands';
import { commandNames } from '../src/commands/commands';
import { asPinkyError, errnoOf, remedies } from '../src/errors';

const failed = (code: unknown, message = ''): Error => Object.assign(new Error(message), { code });

describe('the name of a failed system call', () => {
  it.each<[string, unknown, string | undefined]>([
    ['is its code', failed('ENOENT'), 'ENOENT'],
    [
      'is read-only by its message, where Node 24 has no name for it',
      failed('', ", Unknown error: Read-only file system '/a'"),
      'EROFS',
    ],
    ['is a full disk by its message, likewise', failed('', ", Unknown error: No space left on device '/a'"), 'ENOSPC'],
    ['is nothing where neither says it', failed('', 'Unknown error: Level 3 halted'), undefined],
    ['is nothing where the code is a number', failed(7), undefined],
    ['is nothing if it is not an error', 'ENOENT', undefined],
  ])('%s', (_, failure, name) => expect(errnoOf(failure)).toBe(name));

  it.each([
    ['EROFS', 'read_only'],
    ['ENOSPC', 'no_space'],
    ['EIO', 'internal'],
  ])('%s becomes %s in an answer', (code, answer) => {
    expect(asPinkyError(failed(code)).code).toBe(answer);
  });

  it('is a lack of processes where a program could not be started, and nowhere else', () => {
    for (const errno of ['EAGAIN', 'EMFILE']) {
      const spawn = Object.assign(failed(errno), { syscall: 'spawn sh' });
      expect([asPinkyError(spawn).code, asPinkyError(failed(errno)).code]).toEqual(['no_processes', 'internal']);
    }
  });
});

it('tells who sends an unknown command every one that there is', () => {
  expect(remedies.unknown_command).toBe(`use one of: ${[...commandNames, ...boxCommandNames].join(', ')}`);
});
