import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, Listener, PinkyError } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { findProcesses } from '../../src/observe/processes.js';
import { askSupervisor } from '../../src/talk/supervisor.js';

describe('a supervisor of which no answer comes in time', () => {
  let home: string;
  let supervisor: ChildProcess;
  let listener: Listener;

  beforeEach(async () => {
    home = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-silent-')));
    const program = 'process.title = "pinky: supervisor [box 1]"; process.stdin.resume()';
    const env = { ...process.env, PINKY_HOME: home };
    supervisor = spawn(process.execPath, ['-e', program], { stdio: ['pipe', 'ignore', 'ignore'], env });
    listener = new Listener(boxPaths(home).supervisorSocket, { onRequest: async (method) => {
      if (method === 'reload') throw new PinkyError('deadline_exceeded', 'the options were not read again');
      await new Promise(() => undefined);
      return {};
    } });
    await listener.start();
    await until('it is found', () => findProcesses(home).length > 0);
  });
  afterEach(async () => {
    await listener.stop();
    supervisor.kill('SIGKILL');
    if (supervisor.exitCode === null && supervisor.signalCode === null) await once(supervisor, 'exit');
    rmSync(home, { recursive: true, force: true });
  });

  it('is said to be silent, with the way out', async () => {
    await expect(askSupervisor(home, 'ps', {}, { deadlineMs: 50 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: `the supervisor (pid ${supervisor.pid}) of ${home} is silent: ps was not answered within 50 ms`,
    });
  });

  it('is not said to be silent where it answers that something else was late', async () => {
    await expect(askSupervisor(home, 'reload', {}, { deadlineMs: 10_000 })).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: 'the options were not read again',
    });
  });
});
