import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../lib/statistics.mjs';
import { Stamps } from '../lib/stamps.mjs';
import { Supervisord } from '../lib/supervisord.mjs';
import { jitter, msBetween, msSince, nowNs, until } from '../lib/time.mjs';

const program = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
/** Node's options that the library's page recommends for servers that only spawn. */
const nodeOptions = ['--max-semi-space-size=1', '--no-opt', '--no-sparkplug'];

/**
 * From TERM to the end of a server that has one program, which stops at once: `@pinky/serverengine` with a worker of
 * type spawn, without the rest of Pinky. The bare parent and supervisord stop the same program.
 */
export class SpawnStop {
  name = 'spawn-stop';
  stage = 'lone';
  #reported = { library: [], bare: [], supervisord: [] };
  #gone = { library: [], bare: [], supervisord: [] };

  async measure({ scratch, game, isQuick }) {
    const home = scratch.folder();
    const stamps = new Stamps(join(home, 'stamps'));
    const ids = Array.from({ length: isQuick ? 8 : 40 }, (_, place) => `g${place + 1}`);
    const argvOf = (id) => [game, '--stamps', stamps.file, '--id', id];
    const at = {
      home,
      stamps,
      env: { ...scratch.env, PINKY_BENCH: home },
      argvOf,
    };
    const peer = Supervisord.isInstalled ? new Supervisord(scratch) : undefined;
    try {
      const programs = ids.map((id) => ({ id: `s${id}`, command: argvOf(`s${id}`).join(' ') }));
      if (peer) await peer.open(programs);
      for (const id of ids) {
        for (const kind of ['library', 'bare']) await this.#stopServer(kind, at, `${kind}-${id}`);
        if (peer) await this.#sample('supervisord', at, `s${id}`, () => peer.stop(`s${id}`));
      }
    } finally {
      peer?.close();
      scratch.end(home);
    }
  }

  async #stopServer(kind, at, id) {
    const server = spawn(process.execPath, [...nodeOptions, ...argumentsOf[kind](at, id)], {
      stdio: 'ignore',
      env: at.env,
    });
    const ended = once(server, 'exit');
    await this.#sample(kind, at, id, () => {
      server.kill('SIGTERM');
      return ended;
    });
    const [code] = await ended;
    if (code !== 0) throw new Error(`${id} ended with ${code}`);
  }

  async #sample(kind, { stamps }, id, stop) {
    await until(`${id} runs`, () => stamps.read().latest.has(id), { timeoutMs: 20_000, everyMs: 5 });
    await jitter(300, 500);
    const orderedAt = nowNs();
    await stop();
    this.#reported[kind].push(msSince(orderedAt));
    const exit = stamps.read().exits.get(id);
    if (!exit) throw new Error(`${id} was said to have stopped, and has not`);
    this.#gone[kind].push(msBetween(orderedAt, exit.at));
  }

  report() {
    const { library, bare, supervisord } = this.#reported;
    const figure = (q) => ({
      label: `library, spawn: TERM → the server has stopped, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(library, q),
      bare: quantile(bare, q),
    });
    const pair = (kind) =>
      `${quantile(this.#gone[kind], 0.5).toFixed(1)} / ${quantile(this.#reported[kind], 0.5).toFixed(1)}`;
    const peer = supervisord.length > 0 ? `supervisord ${pair('supervisord')}` : 'supervisord is not installed';
    return {
      bare: 'Node parent that spawns the program, passes TERM on, and ends with it; same options of Node',
      figures: [{ ...figure(0.5), target: 3 }, figure(0.95)],
      notes: [
        `ms until the program was gone / until that was reported, p50: library ${pair('library')}, bare ` +
          `${pair('bare')}, ${peer}; ${library.length} stops each, in turns; the servers end with their program, ` +
          `supervisord answers a request`,
      ],
    };
  }
}

const argumentsOf = {
  bare: ({ home, argvOf }, id) => [program('floor/spawner.cjs'), join(home, `${id}.out`), ...argvOf(id)],
  library: ({ home, argvOf }, id) => {
    const file = join(home, `${id}.json`);
    const games = [{ argv: argvOf(id), log: join(home, `${id}.out`) }];
    writeFileSync(file, JSON.stringify({ type: 'spawn', home, games, ladderMs: null }));
    return [program('drivers/serverengine/server.cjs'), file];
  },
};
