import { deferred, silentLogger, type FunpackManifest } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { stopGame, type StopMode } from '../../src/stop/stop-game.js';

/** A game that ends at one of the things that it is told, and writes down when it was told what. */
async function stopping(
  manifest: Partial<FunpackManifest>,
  {
    endsAt,
    mode = 'graceful',
    lines = [],
    isReady = true,
  }: { endsAt?: string; mode?: StopMode; lines?: string[]; isReady?: boolean } = {},
) {
  const clock = new FakeClock();
  const told: string[] = [];
  const waits: string[] = [];
  const exited = deferred<void>();
  const [hurry, force] = [new AbortController(), new AbortController()];
  const tell = (what: string): void => {
    told.push(`${clock.now()} ${what}`);
    if (what === endsAt) exited.resolve();
  };
  const game = { signal: (signal: string) => tell(signal), killRemains: () => tell('remains') };
  const done = stopGame({
    game,
    clock,
    log: silentLogger,
    exited: exited.promise,
    hurry: hurry.signal,
    force: force.signal,
    mode,
    isReady,
    onWait: (signal, ms) => waits.push(`${clock.now()} ${signal} in ${ms}`),
    manifest: { name: 'x', version: '1', ...manifest },
    say: (line) => tell(`say ${line}`),
    waitForLine: async (pattern, timeoutMs, signal) => {
      if (lines.some((line) => pattern.test(line))) return true;
      await clock.rest(timeoutMs, signal);
      return false;
    },
  });
  await clock.advance(0); // it has begun
  return { clock, told, waits, done, hurry, force };
}

describe('stopGame', () => {
  it('says stop, and is content with a game that obeys', async () => {
    const { told, done } = await stopping({}, { endsAt: 'say stop' });
    await done;
    expect(told).toEqual(['0 say stop', '0 remains']);
  });

  it('climbs TERM, QUIT, KILL if nothing else helps, with the usual waits', async () => {
    const { clock, told, done } = await stopping({}, { endsAt: 'SIGKILL' });
    await clock.advance(45_000);
    await done;
    expect(told).toEqual(['0 say stop', '30000 SIGTERM', '40000 SIGQUIT', '45000 SIGKILL', '45000 remains']);
  });

  it('sends QUIT and KILL at once where the game is to be killed', async () => {
    const { clock, told, done } = await stopping({}, { endsAt: 'SIGKILL', mode: 'kill' });
    await clock.advance(200);
    await done;
    expect(told).toEqual(['0 SIGQUIT', '200 SIGKILL', '200 remains']);
  });

  it.each([
    [1_000, ['0 say stop', '1000 SIGQUIT', '1200 SIGKILL']],
    [32_000, ['0 say stop', '30000 SIGTERM', '32000 SIGQUIT', '32200 SIGKILL']],
    [41_000, ['0 say stop', '30000 SIGTERM', '40000 SIGQUIT', '41000 SIGKILL']],
  ])('is told to kill %i ms after a stop has begun, and waits for nothing more', async (afterMs, expected) => {
    const { clock, told, done, hurry, force } = await stopping({}, { endsAt: 'SIGKILL' });
    await clock.advance(afterMs);
    hurry.abort();
    force.abort();
    await clock.advance(0); // the next signal is sent
    await clock.advance(200);
    await done;
    expect(told.slice(0, -1)).toEqual(expected);
  });

  it('climbs the funpack\'s own ladder, and KILL is always its last rung', async () => {
    const { clock, told, done } = await stopping({
      stopTimeoutMs: 10,
      ladder: [
        { signal: 'INT', waitMs: 20 },
        { signal: 'SIGKILL', waitMs: 5 },
        { signal: 'HUP', waitMs: 30 },
      ],
    });
    await clock.advance(20_000);
    await done;
    expect(told).toEqual(['0 say stop', '10 SIGINT', '30 SIGHUP', '60 SIGKILL', '10060 remains']);
  });

  it('holds a dialogue: saves, waits for the line that confirms it, then quits', async () => {
    const { told, done } = await stopping(
      { stop: [{ send: 'save' }, { waitFor: 'saved' }, { send: 'quit' }] },
      { endsAt: 'say quit', lines: ['world saved'] },
    );
    await done;
    expect(told).toEqual(['0 say save', '0 say quit', '0 remains']);
  });

  it('tells at every step which signal comes next, and when at the latest', async () => {
    const { clock, waits, done } = await stopping(
      { stop: [{ send: 'save' }, { waitFor: 'saved', timeoutMs: 700 }, { send: 'quit' }] },
      { endsAt: 'SIGKILL' },
    );
    await clock.advance(700);
    await clock.advance(45_000);
    await done;
    expect(waits).toEqual([
      '0 SIGTERM in 30700',
      '700 SIGTERM in 30000',
      '30700 SIGQUIT in 10000',
      '40700 SIGKILL in 5000',
    ]);
  });

  it('does not wait for the answers of a game that is still loading: its ladder begins at once', async () => {
    const { told, done } = await stopping(
      { stop: [{ send: 'save' }, { waitFor: 'saved', timeoutMs: 60_000 }, { send: 'quit' }] },
      { endsAt: 'SIGTERM', isReady: false },
    );
    await done;
    expect(told).toEqual(['0 SIGTERM', '0 remains']);
  });

  it('goes on after a line that never comes', async () => {
    const { clock, told, done } = await stopping(
      { stop: [{ send: 'save' }, { waitFor: 'saved', timeoutMs: 700 }, { signal: 'TERM' }] },
      { endsAt: 'SIGTERM' },
    );
    await clock.advance(700);
    await done;
    expect(told).toEqual(['0 say save', '700 SIGTERM', '700 remains']);
  });

  it('begins with QUIT when it is immediate', async () => {
    const { clock, told, done } = await stopping({}, { endsAt: 'SIGKILL', mode: 'immediate' });
    await clock.advance(5_000);
    await done;
    expect(told).toEqual(['0 SIGQUIT', '5000 SIGKILL', '5000 remains']);
  });

  it('is cut short by a second, harder order at any rung', async () => {
    const graceful = await stopping({}, { endsAt: 'SIGKILL' });
    await graceful.clock.advance(1_000);
    graceful.hurry.abort();
    await graceful.clock.advance(0);
    await graceful.clock.advance(5_000);
    await graceful.done;
    expect(graceful.told).toEqual(['0 say stop', '1000 SIGQUIT', '6000 SIGKILL', '6000 remains']);
    const immediate = await stopping({}, { endsAt: 'SIGKILL', mode: 'immediate' });
    await immediate.clock.advance(100);
    immediate.hurry.abort();
    await immediate.done;
    expect(immediate.told).toEqual(['0 SIGQUIT', '100 SIGKILL', '100 remains']);
  });

  it('leaves no timer behind', async () => {
    const { clock, done } = await stopping({ stop: [{ send: 'a' }, { waitFor: 'b' }] }, { endsAt: 'say a' });
    await done;
    expect(clock.sleeping).toBe(0);
  });
});
