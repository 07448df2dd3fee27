import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gameName } from '../lib/game-program.mjs';
import { PinkyBox } from '../lib/pinky-box.mjs';
import { quantile } from '../lib/statistics.mjs';
import { jitter, msBetween, nowNs, sleep, until } from '../lib/time.mjs';

/** A game that lives so long has crashed, and did not fail to start; and its standby waits. Milliseconds. */
const settleMs = 8_000;
/** So much more than without isolation a launch may cost. Milliseconds. */
const mostMs = 8;

/** The row `crash` with each isolation side by side: from SIGKILL to the first instruction of the next game. */
export class CrashIsolated {
  name = 'crash-isolated';
  stage = 'lone';
  #samples = new Map();

  async measure({ scratch, game, isQuick }) {
    const kinds = process.getuid() === 0 ? ['none', 'user', 'strict'] : ['none', 'strict'];
    const ids = Array.from({ length: isQuick ? 6 : 30 }, (_, place) => `i${place + 1}`);
    chmodSync(scratch.dir, 0o711); // the way to a box whose games have users of their own
    const boxes = [];
    try {
      for (const kind of kinds) boxes.push({ kind, box: await openBox(scratch, { game, kind, ids }) });
      await sleep(settleMs);
      for (const { kind } of boxes) this.#samples.set(kind, []);
      for (const id of ids) for (const { kind, box } of boxes) this.#samples.get(kind).push(await killOne(box, id));
    } finally {
      for (const { box } of boxes) await box.close();
    }
  }

  report() {
    const none = this.#samples.get('none');
    const figures = [...this.#samples].flatMap(([kind, samples]) => [0.5, 0.95].map((q) => ({
      label: `isolation ${kind}: game's death → it runs again, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(samples, q),
      bare: quantile(none, q),
      ...(q === 0.5 && kind !== 'none' && { target: Math.round(quantile(none, q) + mostMs) }),
    })));
    return {
      bare: 'Pinky with isolation none, in the same run',
      figures,
      notes: [`${none.length} games of each, killed in turns, each once, all with the usual limits`],
    };
  }
}

/** A box whose games have this isolation, all of them up. */
async function openBox(scratch, { game, kind, ids }) {
  const box = new PinkyBox(scratch, { game, config: `isolation: ${kind}\n` });
  await box.open();
  box.funpacks.apart = writeFunpack(box.home, game);
  await box.start(ids, 'apart');
  await box.allUp(ids);
  return box;
}

/** An isolated game sees its own folder and its funpack, so its program is in the one and its stamps in the other. */
function writeFunpack(home, game) {
  const folder = join(home, 'apart');
  mkdirSync(folder);
  copyFileSync(game, join(folder, gameName));
  const run = [`{funpackDir}/${gameName}`, '--stamps', 'stamps', '--id', '{serverId}'];
  const manifest = { name: 'apart', version: '1', listens: false, run };
  writeFileSync(join(folder, 'funpack.json'), JSON.stringify(manifest));
  return folder;
}

/** When the game of each launch began, oldest first, nanoseconds. */
function starts({ home }, id) {
  const lines = readFileSync(join(home, 'servers', id, 'working', 'stamps'), 'latin1').split('\n');
  return lines.filter((line) => line.startsWith('start ')).map((line) => BigInt(line.split(' ')[1]));
}

async function killOne(box, id) {
  const before = starts(box, id).length;
  await jitter(30, 90);
  const killedAt = nowNs();
  process.kill(Number(readFileSync(join(box.home, 'servers', `${id}.pid`), 'utf8')), 'SIGKILL');
  const at = await until(`game ${id} runs again`, () => starts(box, id)[before], { timeoutMs: 20_000, everyMs: 1 });
  return msBetween(killedAt, at);
}
