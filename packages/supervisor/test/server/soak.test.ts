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
    const script = resolve(__dirname, '../../../../bench/soak/restarts.mjs');
    const { restarts, early, late, after } = JSON.parse(execFileSync(process.execPath, ['--expose-gc', script, '1000'], { encoding: 'utf8' })) as { restarts: number; early: Figures; late: Figures; after: Figures };
    expect(restarts).toBeGreaterThanOrEqual(1000);
    expect(late.heapUsed - early.heapUsed).toBeLessThan(1_500_000);
    expect(late.descriptors - early.descriptors).toBeLessThan(20);
    expect(after.handles).toBeLessThan(10);
  });
});
