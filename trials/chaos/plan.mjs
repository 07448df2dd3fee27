import { Random } from './random.mjs';

/**
 * Every fault that the saboteur knows, how often it is in the deck, and what is drawn with it. Some need a private
 * Redis, some a pair that Sentinels watch. Durations are in milliseconds. `server` is the
 * number of one of the twenty servers, `churned` that of one of the churned ones.
 */
const deck = [
  { fault: 'kill supervisor', times: 2, draw: (r) => ({ downMs: r.between(0, 4_000) }) },
  { fault: 'kill queue', times: 2 },
  { fault: 'kill worker', times: 4, draw: (r) => ({ server: r.between(0, 19) }) },
  { fault: 'kill redis', times: 2, on: 'private' },
  { fault: 'kill the master', times: 2, on: 'pair', draw: (r) => ({ downMs: r.between(200, 8_000) }) },
  { fault: 'kill runner', times: 1, draw: (r) => ({ churned: r.between(0, 3) }) },
  { fault: 'kill wrapper', times: 1, draw: (r) => ({ server: r.between(0, 19) }) },
  { fault: 'kill game', times: 1, draw: (r) => ({ server: r.between(0, 19) }) },
  { fault: 'kill everything of Pinky', times: 1, draw: (r) => ({ downMs: r.between(0, 3_000) }) },
  { fault: 'hold supervisor', times: 1, draw: (r) => ({ forMs: r.between(500, 8_000) }) },
  { fault: 'hold queue', times: 1, draw: (r) => ({ forMs: r.between(500, 8_000) }) },
  { fault: 'hold worker', times: 2, draw: (r) => ({ server: r.between(0, 19), forMs: r.between(500, 8_000) }) },
  { fault: 'hold redis', times: 1, on: 'private', draw: (r) => ({ forMs: r.between(500, 7_000) }) },
  { fault: 'hold the master', times: 2, on: 'pair', draw: (r) => ({ forMs: r.between(500, 9_000) }) },
  { fault: 'SENTINEL FAILOVER', times: 2, on: 'pair' },
  { fault: 'hold runner', times: 1, draw: (r) => ({ churned: r.between(0, 3), forMs: r.between(500, 3_000) }) },
  { fault: 'cut Redis connections', times: 2 },
  { fault: 'poison jobs', times: 1 },
  { fault: 'a second box with the same name', times: 1 },
  { fault: 'FLUSHALL (but for events and commands)', times: 1 },
  { fault: 'socket removed', times: 2, draw: (r) => ({ name: r.pick(['supervisor', 'queue']) }) },
  { fault: 'strangers at the sockets', times: 1, draw: (r) => ({ bytes: r.between(1, 4_000) }) },
  { fault: 'INT, then up', times: 2, draw: (r) => ({ downMs: r.between(0, 3_000) }) },
  { fault: 'USR1 (fresh processes, one by one)', times: 2 },
  { fault: 'HUP (fresh processes at once)', times: 1 },
  { fault: 'HUP worker', times: 1, draw: (r) => ({ server: r.between(0, 19) }) },
  { fault: 'USR1 worker (restart of its game)', times: 1, draw: (r) => ({ churned: r.between(0, 3) }) },
  { fault: 'USR2 (reload)', times: 1 },
  { fault: 'CONT (dump)', times: 1 },
  { fault: 'full disk under $SERVERS', times: 2, draw: (r) => ({ forMs: r.between(500, 6_000) }) },
  { fault: 'full disk under $PINKY_HOME', times: 2, draw: (r) => ({ forMs: r.between(500, 6_000) }) },
  {
    fault: 'clock jump',
    times: 3,
    draw: (r) => ({ seconds: r.pick([-86_400, -3_600, -30, 30, 3_600, 86_400]), forMs: r.between(500, 8_000) }),
  },
];

export const faultNames = deck.map(({ fault }) => fault);

/** The pause between two faults, milliseconds. Many faults still last when the next one begins. */
const pauseMs = [600, 4_500];

/**
 * The faults of one run in their order. `atMs` counts from the run's beginning. They are dealt from a shuffled deck,
 * which is shuffled again when it is empty. `redis` is `private` or `pair`. With `only`, a fault's name must hold one
 * of these words.
 */
export function planOf({ seed, totalMs, redis, only = [''] }) {
  const random = new Random(seed);
  const used = deck.filter(
    ({ fault, on = redis }) => on === redis && only.some((word) => fault.includes(word)),
  );
  if (used.length === 0) return [];
  const plan = [];
  let cards = [];
  for (let atMs = random.between(200, 1_500); atMs < totalMs; atMs += random.between(...pauseMs)) {
    if (cards.length === 0) {
      cards = random.shuffled(used.flatMap((card) => Array.from({ length: card.times }, () => card)));
    }
    const { fault, draw } = cards.pop();
    plan.push({ atMs, fault, ...draw?.(random) });
  }
  return plan;
}

/** One fault as a line. */
export function described({ atMs, fault, ...drawn }) {
  const details = Object.entries(drawn).map(([name, value]) => `${name} ${value}`).join(', ');
  return `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${fault}${details ? ` (${details})` : ''}`;
}
