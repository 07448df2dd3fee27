import { execFile } from 'node:child_process';
import { join } from 'node:path';

const chaos = join(__dirname, '..', 'scripts', 'chaos');
/**
 * A run of two dozen seconds, with twenty games to start and stop around it, on a machine that has other things to do.
 */
const runTimeoutMs = 180_000;

function runChaos(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((done) => {
    execFile(chaos, ['--no-build', ...args], { timeout: runTimeoutMs, maxBuffer: 1e8 }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, output: stdout + stderr }),
    );
  });
}

describe('the chaos test', () => {
  it('makes the same plan of the same seed', async () => {
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
