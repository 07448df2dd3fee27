import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, type BoxConfig } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { FileLock } from '@pinky/supervisor';
import { AnswerKeeper } from '../../src/keep/answer-keeper';

const hour = 3_600_000;
const logger = {
  trace: jest.fn(),
  debug: jest.fn(),
  info: jest.fn(),
  warn: jest.fn(),
  error: jest.fn(),
  fatal: jest.fn(),
};

describe('the answers of servers that no longer exist', () => {
  let home: string;
  let clock: FakeClock;
  let keeper: AnswerKeeper;
  const working = new Set<string>();
  const paths = () => boxPaths(home);
  const left = () => ['answers', 'locks', 'log'].flatMap((dir) => readdirSync(join(home, dir))).toSorted();

  /** A server that is down: its folder is gone. */
  function gone(id: string): void {
    writeFileSync(paths().answers(id), '{"id":"1"}\n');
    writeFileSync(paths().workerLock(id), '');
    writeFileSync(join(paths().logDir, `worker-${id}.log`), '');
  }

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'answers-'));
    for (const dir of ['answers', 'locks', 'log', 'servers']) mkdirSync(join(home, dir));
    clock = new FakeClock();
    working.clear();
    // it reads only these fields
    const config = { home, servers: join(home, 'servers'), keepAnswersMs: 24 * hour } as BoxConfig;
    keeper = new AnswerKeeper({
      config: () => config,
      clock,
      logger,
      hasWorker: (id) => working.has(id),
    });
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  async function look(afterMs: number): Promise<void> {
    await clock.advance(afterMs);
    keeper.look();
  }

  it('are removed when nothing was written for `keep_answers`, and not before', async () => {
    gone('a');
    await look(0);
    await look(23 * hour);
    expect(left()).toEqual(['a', 'a.jsonl', 'worker-a.log']);
    await look(hour);
    expect(left()).toEqual([]);
  });

  it('are kept for the whole time again after each new answer', async () => {
    gone('a');
    await look(0);
    writeFileSync(paths().answers('a'), '{"id":"1"}\n{"id":"2"}\n');
    await look(23 * hour);
    await look(23 * hour);
    expect(left()).toHaveLength(3);
    await look(hour);
    expect(left()).toEqual([]);
  });

  it('are old by the monotonic clock: an old time stamp may come from before the clock was set', async () => {
    gone('a');
    utimesSync(paths().answers('a'), 0, 0);
    await look(0);
    await look(hour);
    expect(left()).toHaveLength(3);
  });

  it.each<[string, (id: string) => unknown]>([
    ['whose folder exists', (id) => mkdirSync(join(home, 'servers', id))],
    ['that has a worker', (id) => working.add(id)],
  ])('leaves a server alone %s', async (_, make) => {
    gone('a');
    make('a');
    await look(0);
    await look(48 * hour);
    expect(left()).toHaveLength(3);
  });

  it('leaves a server alone whose lock is held', async () => {
    gone('a');
    const lock = FileLock.take(paths().workerLock('a'));
    await look(0);
    await look(48 * hour);
    expect(left()).toHaveLength(3);
    lock?.release();
    await look(0);
    await look(24 * hour);
    expect(left()).toEqual([]);
  });

  it('keeps a log with content, which may say why a process broke', async () => {
    gone('a');
    writeFileSync(join(paths().logDir, 'worker-a.log'), 'out of memory');
    await look(0);
    await look(48 * hour);
    expect(left()).toEqual(['worker-a.log']);
  });

  it('removes a hundred at a time', async () => {
    for (let n = 0; n < 110; n++) writeFileSync(paths().answers(`s${n}`), '');
    await look(0);
    await look(24 * hour);
    expect(left()).toHaveLength(10);
    await look(hour);
    expect(left()).toEqual([]);
  });

  it('does not fail if no server was ever started', async () => {
    for (const dir of ['answers', 'locks', 'log']) rmSync(join(home, dir), { recursive: true });
    await look(0);
    expect(existsSync(join(home, 'locks'))).toBe(false);
  });
});
