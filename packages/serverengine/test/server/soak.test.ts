import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { compiled } from './running-server';

interface Figures {
  readonly heapUsed: number;
  readonly handles: number;
  readonly descriptors: number;
}

describe('many restarts', () => {
  it('leave memory, handles and descriptors as they were', () => {
    compiled();
    const script = resolve(__dirname, '../../../../trials/soak/restarts.mjs');
    const { restarts, samples, after } = JSON.parse(
      execFileSync(process.execPath, ['--expose-gc', script, '1000'], { encoding: 'utf8' }),
    ) as { restarts: number; samples: readonly Figures[]; after: Figures };
    expect(restarts).toBeGreaterThanOrEqual(1000);
    const [half, end] = [samples[9], samples[19]];
    if (!half || !end) throw new Error('it took no samples');
    // 1 000 bytes for each restart. A leak of one child's objects is 5 000.
    expect(end.heapUsed - half.heapUsed).toBeLessThan(500_000);
    expect(end.descriptors - half.descriptors).toBeLessThan(20);
    expect(after.handles).toBeLessThan(10);
  });
});
