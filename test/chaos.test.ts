import { execFile } from 'node:child_process';
import { join } from 'node:path';

const chaos = join(__dirname, '..', 'scripts', 'chaos');
/** The run takes two dozen seconds. Twenty games start and stop around it, on a machine that may be busy. */
const runTimeoutMs = 300_000;

function runChaos(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(chaos, ['--no-build', ...args], { timeout: runTimeoutMs, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

describe('the chaos trial', () => {
  it('makes the same plan from the same seed', async () => {
    const [one, again, other] = await Promise.all(
      ['7', '7', '8'].map((seed) => runChaos('--plan', '--minutes', '5', '--seed', seed)),
    );
    expect(one?.output.split('\n').length).toBeGreaterThan(80);
    expect(again?.output).toBe(one?.output);
    expect(other?.output).not.toBe(one?.output);
  });

  it('finds nothing lost, nothing doubled and no game stopped in a short run', async () => {
    const { code, output } = await runChaos('--minutes', '0.4', '--seed', '7');
    expect(code === 0 ? '' : output).toBe('');
    expect(output).toContain('nothing was lost, nothing happened twice, no game stopped');
  }, runTimeoutMs);
});
