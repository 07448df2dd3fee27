import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

/** The result if the second signal arrives while the supervisor acts on the first. */
type Outcome = 'the games are stopped' | 'the games live on' | 'it goes on with fresh processes';

const table: readonly (readonly [first: NodeJS.Signals, second: NodeJS.Signals, outcome: Outcome])[] = [
  ['SIGTERM', 'SIGTERM', 'the games are stopped'],
  ['SIGTERM', 'SIGINT', 'the games are stopped'], // it never goes back to a gentler end
  ['SIGTERM', 'SIGUSR1', 'the games are stopped'],
  ['SIGTERM', 'SIGHUP', 'the games are stopped'],
  ['SIGTERM', 'SIGQUIT', 'the games are stopped'],
  ['SIGQUIT', 'SIGTERM', 'the games are stopped'],
  ['SIGINT', 'SIGTERM', 'the games are stopped'],
  ['SIGINT', 'SIGQUIT', 'the games are stopped'],
  ['SIGUSR1', 'SIGTERM', 'the games are stopped'],
  ['SIGUSR1', 'SIGQUIT', 'the games are stopped'],
  ['SIGHUP', 'SIGTERM', 'the games are stopped'],
  ['SIGINT', 'SIGINT', 'the games live on'],
  ['SIGINT', 'SIGUSR1', 'the games live on'],
  ['SIGINT', 'SIGHUP', 'the games live on'],
  ['SIGUSR1', 'SIGINT', 'the games live on'],
  ['SIGHUP', 'SIGINT', 'the games live on'],
  ['SIGUSR1', 'SIGHUP', 'it goes on with fresh processes'],
  ['SIGHUP', 'SIGUSR1', 'it goes on with fresh processes'],
  ['SIGUSR1', 'SIGUSR1', 'it goes on with fresh processes'],
];

describe('a second signal to the supervisor', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  it.each(table)('%s, then %s: %s', async (first, second, outcome) => {
    if (first === 'SIGINT') box.trouble('stubborn', 'queue'); // or the supervisor would be gone before the second
    box.configure({
      worker: {
        heartbeatIntervalMs: 50,
        heartbeatTimeoutMs: 20_000,
        gracefulKillTimeoutMs: 1_000,
        immediateKillTimeoutMs: 300,
      },
    });
    await box.up('a', 'b');
    const before = (await box.ps()).children.map((child) => child.pid);
    box.signal(first);
    const isActing =
      first === 'SIGUSR1' || first === 'SIGHUP'
        ? () => box.trace().length > 3
        : () => box.log().includes('supervisor.phase');
    await box.until(isActing);
    box.signal(second);
    if (outcome === 'it goes on with fresh processes') {
      await box.until(async () => {
        const { children } = await box.ps();
        return (
          children.length === 3 &&
          children.every(
            (child) =>
              child.pid !== undefined && !before.includes(child.pid) && (child.role === 'queue' || child.status),
          )
        );
      });
    } else {
      expect(await box.exit()).toBe(0);
    }
    expect(box.traced(/worker-[ab] \d+ (TERM|QUIT)/)).toBe(outcome === 'the games are stopped');
    expect(['a', 'b'].map((id) => existsSync(join(box.servers, id)))).toEqual(
      Array(2).fill(outcome !== 'the games are stopped'),
    );
    if (outcome === 'the games live on') await box.up('a', 'b');
  });
});
