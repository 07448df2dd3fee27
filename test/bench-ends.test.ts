import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findHierarchies } from '@pinky/jail';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, root } from './box/real-box';

/** The bench starts boxes, games and Redis. They must end with it, also if it can do nothing about that itself. */
describe('a bench', () => {
  let temporary: string;
  beforeEach(() => {
    assertBuilt();
    temporary = mkdtempSync(join(tmpdir(), 'pb-'));
  });
  afterEach(() => rmSync(temporary, { recursive: true, force: true }));

  it.each(['SIGKILL', 'SIGTERM', 'SIGHUP'] as const)('leaves nothing behind that is ended by %s', async (signal) => {
    const bench = spawn(process.execPath, [join(root, 'bench/bench.mjs'), '--quick', '--rows', 'lone-start'], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    });
    const isWorker = (command: string): boolean => command.startsWith('pinky: worker');
    await until('a worker runs', () => commandsWithin(temporary).some(isWorker));
    const identity = identityIn(temporary);
    expect(commandsWithin(temporary).join('\n')).toMatch(/redis-server/);
    for (let times = 0; times < 2; times++) bench.kill(signal); // as from a terminal, where npm sends it again
    await until('processes, files and cgroups are gone', () =>
      commandsWithin(temporary).length + readdirSync(temporary).length + cgroupsOf(identity).length === 0,
    );
  });
});

/** The identity of the only box there. */
function identityIn(temporary: string): string {
  const [file = ''] = readdirSync(temporary, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/identity') && path.split('/').length === 3);
  return readFileSync(join(temporary, file), 'utf8').trim();
}

const cgroupsOf = (identity: string): string[] =>
  findHierarchies().flatMap(({ dir }) => namesIn(join(dir, 'pinky')).filter((name) => name.startsWith(identity)));

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return []; // it is gone, and so empty
  }
}

/** The command lines of the processes that have this folder in their environment or command line. */
function commandsWithin(folder: string): string[] {
  return readdirSync('/proc').filter((name) => Number(name) > 0 && Number(name) !== process.pid).flatMap((pid) => {
    const [command, environment] = ['cmdline', 'environ'].map((file) => textOf(`/proc/${pid}/${file}`)) as [
      string,
      string,
    ];
    return command.includes(folder) || environment.includes(folder) ? [command.replaceAll('\0', ' ')] : [];
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}
