// Pinky as a driver for a harness that measures supervisors side by side. README.md beside this file says what the
// harness has to offer:
//   BENCH_HOME=<folder of that harness> BENCH_EXTRA_DRIVERS=<this file> node $BENCH_HOME/bench.mjs --peers pinky,pm2
import { execFile } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { load, root } from '../lib/modules.mjs';

const {
  endPids,
  endTree,
  start: startProcess,
  waitFor,
} = await import(pathToFileURL(join(process.env.BENCH_HOME ?? '.', 'lib', 'util.mjs')));
const { boxPaths, openPeer, redisKeys } = load('@pinky/protocol');
const { Queue } = load('bullmq');

export const meta = {
  label: 'Pinky',
  kind: 'ours',
  variants: ['default'],
  warm: true,
  stopOne: true,
  captures: true,
  note: "one Node worker per game, ordered by BullMQ (start) and through the box's socket (stop); the game appends " +
    "to its own console file",
};

export function available() {
  if (!process.env.BENCH_HOME) return { ok: false, why: 'BENCH_HOME is not set: the harness\'s folder' };
  if (!existsSync(join(root, 'packages', 'worker', 'dist', 'worker.cjs'))) {
    return { ok: false, why: 'not built: npm run build' };
  }
  return { ok: true, version: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version };
}

export const create = (ctx) => new PinkyDriver(ctx);

class PinkyDriver {
  constructor(ctx) {
    this.ctx = ctx;
    this.home = join(ctx.home, 'box');
    mkdirSync(this.home);
    // Every line is counted.
    writeFileSync(join(this.home, 'pinky.yml'), 'console_history: 4 GiB\n');
    writeFileSync(join(this.home, 'isolation'), 'none\n'); // as bare Node
  }

  /** Starts a Redis that is not the box's child, so that the harness can tell what each costs. */
  async boot() {
    const socket = join(this.ctx.home, 'redis.sock');
    this.redis = startProcess('redis-server', [
      '--port',
      '0',
      '--unixsocket',
      socket,
      '--save',
      '',
      '--appendonly',
      'yes',
      '--dir',
      this.ctx.home,
    ]);
    await waitFor(() => existsSync(socket), { what: 'redis' });
    const { pid } = await this.#pinky('up', '--daemonize', '--redis', socket);
    this.supervisor = pid;
    this.queue = new Queue(redisKeys('1').queue, { connection: { path: socket } });
    this.peer = await openPeer({ path: boxPaths(this.home).queueSocket }, {});
    this.peer.send({
      type: 'identify',
      role: 'cli',
      pid: process.pid,
      startTime: '',
      version: 'bench',
    });
  }

  async start(games) {
    await this.queue.addBulk(
      games.map((game) => ({
        name: 'start',
        data: { serverId: serverId(game.id), funpack: this.#funpack(game), ram: 64 },
      })),
    );
  }

  async stop(id) {
    await this.peer.request('command', { name: 'stop', data: { serverId: serverId(id) } }, { deadlineMs: 60_000 });
  }

  pids() {
    return [this.supervisor];
  }

  infraPids() {
    return [this.redis.pid];
  }

  /** The history of the console, and a file with the part that is not in it yet. So every line counts once. */
  logs(id) {
    const folder = join(this.home, 'servers', serverId(id));
    const [run] = listed(join(folder, 'runs')).toSorted().slice(-1);
    if (run === undefined) return [];
    const segments = listed(join(folder, 'log'))
      .filter((name) => name.startsWith(`${run}.`) && name.endsWith('.log'))
      .toSorted()
      .map((name) => join(folder, 'log', name));
    const tail = join(this.ctx.home, `${id}.tail`);
    writeFileSync(tail, fileFrom(join(folder, 'runs', run, 'console'), historyEnd(segments.at(-1))));
    return [...segments, tail];
  }

  async teardown() {
    this.peer?.destroy();
    await this.queue?.close().catch(() => undefined); // its Redis may be gone
    if (this.supervisor) await endTree([this.supervisor]);
    if (this.redis) await endPids([this.redis.pid]);
  }

  /** The game ends on TERM and does not read `stop`. The shortest ladder: TERM, and KILL a millisecond later. */
  #funpack({ id, args }) {
    const { FAKEGAME_STAMP, FAKEGAME_STAT } = this.ctx.env;
    const folder = join(this.ctx.home, 'funpacks', serverId(id));
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, 'funpack.json'),
      JSON.stringify({
        name: 'fakegame',
        version: '1',
        run: [this.ctx.game, ...args],
        env: { FAKEGAME_STAMP, FAKEGAME_STAT },
        stop: [{ signal: 'SIGTERM' }],
        ...(this.ctx.ladder === 'shortest' && { stopTimeoutMs: 1, ladder: [] }),
      }),
    );
    return folder;
  }

  async #pinky(...words) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'packages', 'cli', 'bin', 'pinky'), ...words, '--json'],
      { env: { ...this.ctx.env, PINKY_HOME: this.home, PINKY_API: 'no' } },
    );
    return JSON.parse(stdout);
  }
}

const serverId = (id) => `g${id}`;

function listed(folder) {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Where a segment ends in the console. Its name ends with the offset at which it begins. */
function historyEnd(segment) {
  return segment === undefined ? 0 : Number(segment.split('.').at(-2)) + readFileSync(segment).length;
}

function fileFrom(path, offset) {
  const fd = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(fd).size - offset));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, offset));
  } finally {
    closeSync(fd);
  }
}
