import { systemClock } from '@pinky/protocol';
import { followConsole } from '../../src/console/follow.js';
import type { ConsolePosition } from '../../src/console/tail.js';
import { ConsoleFiles } from './console-files.js';

describe('following a console', () => {
  let files: ConsoleFiles;
  let end: AbortController;
  let text: string;
  let more: () => void;
  let following: Promise<unknown>;
  beforeEach(() => {
    files = new ConsoleFiles();
    end = new AbortController();
    text = '';
    more = () => undefined;
  });
  afterEach(async () => {
    end.abort();
    await following;
    files.remove();
  });

  const follow = (from: ConsolePosition = { run: undefined, offset: 0 }): void => {
    following = followConsole({
      box: files,
      serverId: files.id,
      from,
      clock: systemClock,
      signal: end.signal,
      write: (bytes) => {
        text += bytes.toString();
        more();
      },
    });
  };
  const until = (wanted: string): Promise<void> => new Promise((resolve) => {
    more = () => { if (text.includes(wanted)) resolve(); };
    more();
  });

  it('goes on where the tail ended', async () => {
    files.say('r1', 'old\nnew\n');
    follow({ run: 'r1', offset: 4 });
    await until('new\n');
    files.say('r1', 'newer\n');
    await until('newer\n');
    expect(text).toBe('new\nnewer\n');
  });

  it('waits for a server that has not started, and goes on with its next run', async () => {
    follow();
    files.say('r1', 'first run\n');
    await until('first run\n');
    files.say('r1', 'last words\n');
    files.say('r2', 'second run\n');
    await until('second run\n');
    expect(text).toBe('first run\nlast words\nsecond run\n');
  });

  it('reads from the history what was moved there meanwhile', async () => {
    files.say('r1', 'one\ntwo\nthree\n');
    files.archive('r1', 0, 'one\ntwo\n');
    follow({ run: 'r1', offset: 4 });
    await until('three\n');
    expect(text).toBe('two\nthree\n');
  });

  it('survives a stop, which removes the folder of the server', async () => {
    files.say('r1', 'one\n');
    follow();
    await until('one\n');
    files.removeRun('r1');
    files.say('r2', 'two\n');
    await until('two\n');
    expect(text).toBe('one\ntwo\n');
  });
});
