import { quantile } from '../lib/statistics.mjs';
import { jitter, msBetween, nowNs } from '../lib/time.mjs';

/** From SIGKILL of a game that has lived a while to the first instruction of the one in its place. */
export class Crash {
  name = 'crash';
  stage = 'pair';
  #samples = { floor: [], declared: [], scripted: [] };

  async measure({ floor, pinky, ids, scripted }) {
    // They take turns, and each game is killed once, because a second crash within a minute backs off.
    for (const id of ids) {
      this.#samples.floor.push(await killOne(floor, id));
      this.#samples[scripted.has(id) ? 'scripted' : 'declared'].push(await killOne(pinky, id));
    }
  }

  report() {
    const { floor, declared, scripted } = this.#samples;
    const figure = (q, target, design) => ({
      label: `game's death → it runs again, p${q * 100}`,
      unit: 'ms',
      pinky: quantile(declared, q),
      bare: quantile(floor, q),
      target,
      design,
    });
    return {
      bare: 'Node parent, one forked worker per game',
      figures: [figure(0.5, 4, 3.2), figure(0.95, 7, 3.7)],
      notes: [
        `${declared.length} games of Pinky and ${floor.length} of bare Node, killed in turns, each once; slowest ` +
          `${Math.max(...declared).toFixed(1)} and ${Math.max(...floor).toFixed(1)} ms`,
        `where the funpack's bin/run is a shell script, p50 ${quantile(scripted, 0.5).toFixed(1)} ms ` +
          `(${scripted.length} games)`,
      ],
    };
  }
}

async function killOne(fleet, id) {
  const before = fleet.stamps.read().latest.get(id);
  await jitter(30, 90);
  const killedAt = nowNs();
  process.kill(before.pid, 'SIGKILL');
  return msBetween(killedAt, (await fleet.stamps.restarted(before)).at);
}
