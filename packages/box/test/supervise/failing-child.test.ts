import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('a child that cannot start', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  const queue = async () => (await box.ps()).children.find(({ role }) => role === 'queue');
  const failedTimes = async (times: number): Promise<boolean> => ((await queue())?.failure?.times ?? 0) >= times;

  it('is told of with its last words, until it has come up', async () => {
    box.trouble('fail', 'queue');
    box.spawn();
    await box.until(() => failedTimes(3));
    expect((await queue())?.failure).toMatchObject({
      code: 'bad_option',
      message: 'queue cannot read its file',
      remedy: 'mend the file',
      log: join(box.paths.logDir, 'queue.log'),
    });
    box.noTrouble('fail', 'queue');
    await box.until(async () => (await queue())?.failure === undefined);
    expect((await queue())?.state).toBe('running');
  });

  it('is told of by how it ended, where it said nothing', async () => {
    box.trouble('crash', 'queue');
    box.spawn();
    await box.until(() => failedTimes(2));
    expect((await queue())?.failure?.message).toBe('it ended with exit code 1');
    rmSync(join(box.paths.logDir, 'queue.log'), { force: true });
    await box.until(() => failedTimes(3)); // its log is made anew
  });
});
