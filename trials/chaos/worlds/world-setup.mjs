import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Below 32768 the kernel chooses no port for outgoing connections. */
const firstPort = 20_000 + (process.pid % 127) * 100;

const page = (name) => readFileSync(new URL(`../../../docs/${name}.md`, import.meta.url), 'utf8');
const [commands, options] = [page('commands'), page('configuration')];

/** The abilities of this version, as its printed tables say: the trial runs on versions that cannot do everything. */
export const hasCommand = (name) => commands.includes(`### \`pinky ${name} `);
export const hasOption = (name) => options.includes(`| \`${name}\` |`);

/** The parts of the trial that this version lacks, by name. */
export const missingParts = () => [
  ...['restore', 'verify'].filter((name) => !hasCommand(name)),
  ...['backup.store', 'parked.keep_for', 'backup.incremental'].filter((name) => !hasOption(name)),
];

/** The text of pinky.yml: few backups and parked worlds are kept, so that something is removed all the while. */
export const configuration = (root) => `
servers: ${root}/servers/s
backups: ${root}/backups
log_level: debug
ports: { first: ${firstPort}, step: 1, count: 100 }
backup:
  interval: 1h
  keep: 4
${hasOption('backup.store') ? `  store: ${root}/store` : ''}
${hasOption('parked.keep_for') ? 'parked: { keep_for: 1s, max_size: 64 MiB }' : ''}
heartbeat_interval: 1s
worker: { heartbeat_interval: 500ms, heartbeat_timeout: 6s, graceful_kill_timeout: 30s, immediate_kill_timeout: 10s }
crash_loop: { limit: 1000, half_life: 5s, first_backoff: 50ms, max_backoff: 500ms }
`;

const manifest = {
  name: 'generations',
  version: '1.0.0',
  listens: false,
  persistent: true,
  startTimeoutMs: 60_000,
  stopTimeoutMs: 60_000,
  ladder: [
    { signal: 'SIGTERM', waitMs: 60_000 },
    { signal: 'SIGKILL', waitMs: 5_000 },
  ],
  backup: { paths: ['world'], before: [{ send: 'save' }, { waitFor: '"saved"', timeoutMs: 20_000 }] },
  run: ['node', '{funpackDir}/game.mjs'],
  schema: { ledger: { type: 'string' } },
};

/** Writes the game's funpack, and the folder that is the store. Answers the first start of a server with it. */
export function writeFunpack(root, ledger) {
  const dir = join(root, 'funpacks', 'generations');
  for (const made of [dir, join(root, 'store')]) mkdirSync(made, { recursive: true });
  for (const name of ['game.mjs', 'world.mjs']) cpSync(join(import.meta.dirname, 'game', name), join(dir, name));
  writeFileSync(join(dir, 'funpack.json'), JSON.stringify(manifest, null, 2));
  return (serverId) => ({ serverId, funpack: dir, ram: { min: 32, max: 64 }, settings: { ledger } });
}
