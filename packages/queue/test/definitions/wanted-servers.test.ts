import type { ServerStatus } from '@pinky/protocol';
import { DefinedBench } from '../support/defined-bench.js';

describe('a server that is wanted up, and whose worker says that it is down', () => {
  let bench: DefinedBench;
  beforeEach(async () => { bench = await new DefinedBench().up(); });
  afterEach(() => bench.end());

  const startsByItself = (): number => bench.routed.filter(({ command }) => command.name === 'start').length - 1;
  const arrives = (status: Partial<ServerStatus>): void => {
    bench.says(status);
    bench.definitions.arrived(bench.statuses.get('a') as ServerStatus);
  };

  it('is started soon: only events that wait for Redis have kept its worker', async () => {
    bench.definitions.start();
    arrives({ state: 'down', wanted: 'down' });
    await bench.clock.advance(999); // a worker of an older version may still ask for its end to be written
    expect(startsByItself()).toBe(0);
    await bench.clock.advance(1);
    expect(startsByItself()).toBe(1);
    await bench.clock.advance(30_000);
    expect(startsByItself()).toBe(1); // which is on its way
  });

  it('is not started while its worker leaves, or has something to be written', async () => {
    bench.definitions.start();
    arrives({ state: 'down', staysDown: true });
    await bench.clock.advance(60_000);
    expect(startsByItself()).toBe(0);
    await bench.definitions.wantDown('a');
    bench.says({ state: 'down' });
    await bench.clock.advance(60_000);
    expect(startsByItself()).toBe(0);
  });
});
