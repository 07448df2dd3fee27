import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The twenty servers, or `few` of each kind where the trial is small. `isSteady`: only the saboteur's own `kill -9` may
 * end its game. `isChurned`: it is started, stopped, restarted and backed up all the while. `players`: how many TCP
 * connections must hold.
 */
const kinds = [
  {
    kind: 'chatty',
    count: 5,
    few: 2,
    settings: { perSecond: 20 },
    players: 2,
    isSteady: true,
  },
  {
    kind: 'silent',
    count: 3,
    few: 1,
    settings: { perSecond: 0 },
    players: 2,
    isSteady: true,
  },
  {
    kind: 'forking',
    count: 3,
    few: 1,
    settings: { perSecond: 2 },
    players: 0,
    isSteady: true,
  },
  {
    kind: 'stubborn',
    count: 2,
    few: 1,
    settings: { perSecond: 2 },
    players: 1,
    isSteady: true,
  },
  {
    kind: 'crashing',
    count: 3,
    few: 1,
    settings: { perSecond: 10, crashAfterMs: 8_000 },
    players: 0,
    isSteady: false,
  },
  {
    kind: 'churned',
    count: 4,
    few: 2,
    settings: { perSecond: 5 },
    players: 0,
    isSteady: false,
    isChurned: true,
  },
];

export function fleetOf(root, { isSmall }) {
  let number = 0;
  const kindsHere = kinds.map(({ few, ...more }) => (isSmall ? { ...more, count: few } : more));
  return kindsHere.flatMap(({ kind, count, settings, ...traits }) => Array.from({ length: count }, () => {
    const serverId = `${kind}-${String(++number).padStart(2, '0')}`;
    return {
      serverId,
      kind,
      ...traits,
      start: {
        serverId,
        funpack: join(root, 'funpacks', traits.isChurned ? 'kept' : 'loose'),
        ram: { min: 32, max: 64 },
        settings: {
          kind,
          ledger: join(root, 'ledger'),
          perSecond: 0,
          crashAfterMs: 0,
          ...settings,
        },
      },
    };
  }));
}

const manifest = (name, persistent) => ({
  name,
  version: '1.0.0',
  listens: false,
  persistent,
  startTimeoutMs: 60_000,
  stopTimeoutMs: 1_500,
  ladder: [
    { signal: 'SIGTERM', waitMs: 500 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
  backup: { paths: ['world'] },
  run: ['node', '{funpackDir}/game.mjs'],
  commands: {
    say: 'say {message}',
    tell: 'tell {user} {message}',
    kick: 'kick {user} {message}',
    list: 'list',
  },
  schema: {
    kind: { type: 'string' },
    ledger: { type: 'string' },
    perSecond: { type: 'number' },
    crashAfterMs: { type: 'number' },
  },
});

/** Writes the game as two funpacks: one that keeps its world, and one that has none. */
export function writeFunpacks(root) {
  for (const [name, persistent] of [['loose', false], ['kept', true]]) {
    const dir = join(root, 'funpacks', name);
    mkdirSync(dir, { recursive: true });
    cpSync(join(import.meta.dirname, 'game', 'game.mjs'), join(dir, 'game.mjs'));
    writeFileSync(join(dir, 'funpack.json'), JSON.stringify(manifest(name, persistent), null, 2));
  }
}
