import { Random } from '../random.mjs';

/** The processes that are killed, and how often each is in the deck. */
const victims = [
  ['runner', 5],
  ['worker', 3],
  ['supervisor', 2],
  ['queue', 1],
  ['everything of Pinky', 1],
];
export const victimNames = victims.map(([name]) => name);

/**
 * The commands for a server that is up, and for one that is down. Some need a command or an option that this version
 * may lack; `without` says which.
 */
export const actions = [
  { name: 'backup', when: 'up', times: 4 },
  { name: 'stop', when: 'up', times: 4 },
  { name: 'restart', when: 'up', times: 2 },
  { name: 'start', when: 'down', times: 5 },
  { name: 'start from an older backup', when: 'down', times: 1 },
  { name: 'restore', when: 'up', times: 2, needs: 'restore' },
  { name: 'restore', when: 'down', times: 2, needs: 'restore' },
  { name: 'verify', when: 'up', times: 1, needs: 'verify' },
  { name: 'verify', when: 'down', times: 1, needs: 'verify' },
];

/** In each round every server is asked for so many things, and there are so many blows within so many milliseconds. */
const perRound = { actions: [1, 2], blows: [2, 4], withinMs: [600, 2_500] };

/** Draws what happens, round by round: the same seed draws the same. */
export class WorldPlan {
  constructor(seed) {
    this.random = new Random(seed);
  }

  /** One round: `blows` in their order, and how many things are asked of each of `servers` servers. */
  round(servers, isCut) {
    const { random } = this;
    const withinMs = random.between(...perRound.withinMs);
    const deck = victims.flatMap(([name, times]) => Array.from({ length: times }, () => name));
    return {
      actions: Array.from({ length: servers }, () => random.between(...perRound.actions)),
      blows: Array.from({ length: random.between(...perRound.blows) }, () => ({
        atMs: random.between(0, withinMs),
        victim: random.pick(deck),
        server: random.between(0, servers - 1),
        delayMs: random.pick([0, 50, 100, 200, 400, 800]),
      })).toSorted((a, b) => a.atMs - b.atMs),
      cut: isCut
        ? {
            atMs: random.between(100, withinMs + 1_000),
            writes: random.between(1, 100),
            percent: random.pick([0, 100, random.between(1, 99)]),
            seed: random.between(0, 1e6),
          }
        : undefined,
    };
  }

  /** One of the actions for a server that is `up` or `down`. `has` says whether this version has a command. */
  action(state, has) {
    const fit = actions.filter(({ when, needs }) => when === state && (!needs || has(needs)));
    return this.random.pick(fit.flatMap(({ name, times }) => Array.from({ length: times }, () => name)));
  }
}
