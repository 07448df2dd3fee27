// Counts the chat lines that came through by their numbers: which were lost, came twice, or came out of order.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Counts console text: the history that Pinky keeps of each game, and the part of the console that is not in it yet.
 */
export function consoleLines(home, ids) {
  const tally = new Tally();
  for (const id of ids)
    for (const line of keptConsole(join(home, 'servers', id)).split('\n'))
      if (line.startsWith('bench chat ')) tally.take(id, Number(line.split(' ')[2]));
  return Promise.resolve(tally);
}

/**
 * The segments of the history are named for their run and offset. The console file goes on where they end
 * (docs/architecture.md).
 */
function keptConsole(folder) {
  const [run] = readdirSync(join(folder, 'runs'));
  // The folder is made with the first segment.
  const history = existsSync(join(folder, 'log')) ? readdirSync(join(folder, 'log')) : [];
  const segments = history.filter((name) => name.startsWith(`${run}.`)).toSorted();
  const kept = Buffer.concat(segments.map((name) => readFileSync(join(folder, 'log', name))));
  const begin = segments.length > 0 ? Number(segments[0].split('.').at(-2)) : 0;
  return Buffer.concat([
    kept,
    readFileSync(join(folder, 'runs', run, 'console')).subarray(begin + kept.length),
  ]).toString('latin1');
}

/** Counts events: those in the list in Redis, oldest last. */
export async function publishedLines(client, key) {
  const tally = new Tally();
  const piece = 5_000;
  for (let end = -1; ; end -= piece) {
    const events = await client.lrange(key, end - piece + 1, end);
    for (const event of events.toReversed().map((json) => JSON.parse(json)))
      if (event.bench === 'chat') tally.take(event.server_id, event.seq);
    if (events.length < piece) return tally;
  }
}

class Tally {
  lines = 0;
  twice = 0;
  disordered = 0;
  #seen = new Map();
  #last = new Map();

  take(id, number) {
    const seen = this.#seen.get(id) ?? new Set();
    this.#seen.set(id, seen);
    if (seen.has(number)) {
      this.twice++;
      return;
    }
    seen.add(number);
    this.lines++;
    if (number < (this.#last.get(id) ?? -1)) this.disordered++;
    this.#last.set(id, number);
  }
}
