import { execFile } from 'node:child_process';
import { join } from 'node:path';

const chaos = join(__dirname, '..', 'scripts', 'chaos');
/** The two rounds take about a minute. Eight games start and stop around it, on a machine that may be busy. */
const runTimeoutMs = 420_000;

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

  it('makes a plan for a private Redis and one for a pair, or for the one that is asked for', async () => {
    const [both, pair] = await Promise.all([
      runChaos('--plan', '--seed', '7', '--only', 'kill,hold'),
      runChaos('--plan', '--seed', '7', '--redis', 'pair', '--only', 'redis,master'),
    ]);
    expect(both?.output).toMatch(/^private:\n(?!.*master)[^]*kill redis[^]*\npair:\n(?!.*redis)[^]*kill the master/);
    expect(pair?.output).toMatch(/^pair:\n(.*(kill|hold) the master .*\n)+$/);
    expect(await runChaos('--plan', '--redis', 'none')).toMatchObject({ code: 2 });
  });

  it('finds nothing lost, nothing doubled and no game stopped in a short run on either Redis', async () => {
    const { code, output } = await runChaos('--small', '--minutes', '0.3', '--seed', '7');
    expect(code === 0 ? '' : output).toBe('');
    expect(output.match(/nothing was lost, nothing happened twice, no game stopped/g)).toHaveLength(2);
  }, runTimeoutMs);
});
