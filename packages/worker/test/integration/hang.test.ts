import { patienceMs, until } from '@pinky/protocol/testing';
import { tempDir } from '../temp.js';
import { Box } from './harness.js';
import { ensureBuilt } from './built-worker.js';
import { killAll } from './processes.js';
import { RealLife } from './real-life.js';

jest.setTimeout(2 * patienceMs);

describe('a real game that hangs', () => {
  const dir = tempDir();
  const query = { type: 'q3a', every: 1_000 };
  let real: RealLife;
  beforeAll(ensureBuilt);
  afterEach(async () => {
    const { pid } = real;
    await real.end();
    killAll([pid]);
  });

  /** A game that has answered a query. */
  const up = async (hang: object): Promise<RealLife> => {
    real = new RealLife(dir(), 'hangs.cjs', { query, hang: { silenceMs: 3_000, ...hang } });
    await real.start();
    await until('it has answered', () => real.life.query.sign === 'answers');
    return real;
  };

  it('by standing still is ended and launched again, with what the kernel knows of its threads', async () => {
    await up({});
    const before = real.pid;
    process.kill(before, 'SIGSTOP');
    await until('it was ended', () => real.events('crashed').length > 0);
    const [silent] = real.events('silent');
    expect(silent).toMatchObject({ signs: { query: 'missed', cpu: 'still' } });
    const thread = expect.stringMatching(`^process ${before}, thread ${before} \\(.+\\) is stopped`);
    expect(silent?.['threads']).toContainEqual(thread);
    await until('it is up again', () => real.life.server.state.now === 'up' && real.pid !== before);
  });

  it('by an endless loop shows so, and lives where its funpack asks for a warning only', async () => {
    await up({ do: 'warn' });
    await real.tell('spin');
    const signs = () => real.events('warning').find(({ kind }) => kind === 'looks_hung')?.['signs'];
    await until('it was warned of', () => signs() !== undefined);
    expect(signs()).toMatchObject({ query: 'missed' });
    const use = () => real.life.hang.facts?.cpu ?? '';
    await until('its use of the processor is seen', () => ['spinning', 'usual'].includes(use())); // on a busy machine
    expect([real.events('silent'), real.events('crashed')]).toEqual([[], []]);
  });

  it('only seems to, if it answers no query and works on: it lives, and is warned of', async () => {
    await up({});
    await real.tell('mute');
    const warned = () => real.events('warning').find(({ kind }) => kind === 'looks_hung');
    await until('it was warned of', () => warned() !== undefined);
    expect(warned()).toMatchObject({ signs: { query: 'missed', cpu: 'usual' } });
    expect([real.events('silent'), real.events('crashed')]).toEqual([[], []]);
  });
});

describe('a silent game of a worker', () => {
  it('is asked for its stacks before it is killed, and they come with its crash', async () => {
    const box = await Box.open();
    try {
      const stacks = [{ signal: 'QUIT' }, { waitFor: '^end of stacks', timeoutMs: 20_000 }];
      await box.up('one', box.funpack('tells-its-stacks.sh', { silenceTimeoutMs: 1_000, hang: { stacks } }));
      const silent = await box.queue.event('one', 'silent');
      expect(silent).toMatchObject({ signs: { query: 'unknown' }, last_lines: ['{"event":"started"}'] });
      const thread = /^process \d+, thread \d+ \(sh\) (sleeps|runs|waits in the kernel)/;
      expect(silent['threads']).toContainEqual(expect.stringMatching(thread));
      expect(await box.queue.event('one', 'crashed')).toMatchObject({
        signal: 'SIGKILL',
        stacks: expect.arrayContaining(['main is in the loop', 'end of stacks']) as string[], // beside what sh prints
      });
    } finally {
      await box.close();
    }
  });
});
