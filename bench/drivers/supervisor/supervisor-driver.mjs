// A driver for the harness that measures supervisors: @pinky/supervisor alone, without the rest of Pinky.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const library = path.resolve(here, '../../../packages/supervisor');

export function available() {
  if (!existsSync(path.join(library, 'dist/index.js'))) return { ok: false, why: 'not built: npm run build' };
  return { ok: true, version: JSON.parse(readFileSync(path.join(library, 'package.json'), 'utf8')).version };
}

const exited = (child) =>
  new Promise((resolve) =>
    child.exitCode !== null || child.signalCode !== null ? resolve() : child.once('exit', resolve),
  );

/** The processes below a process, and last itself. */
function treeOf(pid) {
  let children = '';
  try {
    children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  return [...children.trim().split(' ').filter(Boolean).flatMap((child) => treeOf(Number(child))), pid];
}

const kill = (pid, signal) => {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended meanwhile.
  }
};

/** The package's README recommends these options for servers that only spawn: a small heap, and no compiled code. */
const nodeOptions = ['--max-semi-space-size=1', '--no-opt', '--no-sparkplug'];

export const makeCreate = (type) => async (ctx) => {
  let server;
  const conf = path.join(ctx.home, 'conf.json');
  const logOf = (id) => path.join(ctx.home, `g${id}.out`);
  return {
    async boot() { /* The number of workers is part of the configuration, so start() boots. */ },
    async prepare(games) {
      const described = games.map(({ id, args }) => ({ argv: [ctx.game, ...args], log: logOf(id) }));
      writeFileSync(
        conf,
        JSON.stringify({
          type,
          home: ctx.home,
          games: described,
          ladderMs: ctx.ladder === 'shortest' ? 1 : null,
          isFastest: ctx.variant === 'fastest',
        }),
      );
    },
    async start() {
      server = spawn(process.execPath, [...nodeOptions, path.join(here, 'supervisor-server.cjs'), conf], {
        cwd: ctx.home,
        env: ctx.env,
        stdio: 'ignore',
      });
    },
    async stop() {
      server.kill('SIGTERM');
      await exited(server);
    },
    pids: () => [server.pid],
    logs: (id) => [logOf(id)],
    async teardown() {
      if (!server) return;
      kill(server.pid, 'SIGSTOP'); // so that it starts nothing again
      for (const pid of treeOf(server.pid)) kill(pid, 'SIGKILL');
      await exited(server);
    },
  };
};
