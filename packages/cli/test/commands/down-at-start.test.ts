import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { titlePadding } from '@pinky/protocol';
import { cli, startCli } from '../cli-run.js';
import { bundleProgram } from '../programs/program.js';

it('pinky down ends a supervisor that was started just before and has no title yet', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-down-'));
  const home = join(dir, 'home');
  const env = { PINKY_HOME: home };
  const program = bundleProgram('fake-supervisor', join(dir, 'dist', 'program'));
  const late = join(dir, 'late.cjs');
  writeFileSync(late, `process.stdin.once('data', () => require(${JSON.stringify(program)})); console.log('there');`);
  writeFileSync(join(dir, 'package.json'), '{"version":"0.1.0"}');
  try {
    expect((await cli(['up', '--prepare'], { env })).code).toBe(0);
    const supervisor = spawn(process.execPath, [late, home, titlePadding], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, PINKY_HOME: home },
    });
    const gone = once(supervisor, 'exit');
    await once(supervisor.stdout, 'data');
    const stopping = startCli(['down'], { env });
    supervisor.stdin.end('go\n');
    expect([await stopping.done, stopping.out()]).toEqual([0, 'box 1 is down\n']);
    await gone;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
