import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median } from '../lib/statistics.mjs';
import { isInstalled, largeWorld, manyFiles, refreshed, runner, shell } from '../lib/worlds.mjs';

/** The most memory that any of them may take, MiB. */
const mostMemory = 130;

/** A folder with both worlds. It is removed afterwards. */
async function withWorlds({ scratch, isQuick }, work) {
  const dir = join(scratch.dir, 'worlds');
  const [mebibytes, files] = isQuick ? [128, 2_000] : [1_024, 20_000];
  mkdirSync(dir);
  try {
    await work({
      dir,
      env: scratch.env,
      repeats: isQuick ? 1 : 5,
      kinds: [
        { name: `${mebibytes} MiB`, folder: largeWorld(join(dir, 'large'), mebibytes) },
        { name: `${files.toLocaleString('en')} small files`, folder: manyFiles(join(dir, 'many'), files) },
      ],
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const backupOf = (folder, { dir, env }, more = {}) => runner({
  type: 'backup',
  serverId: 'bench',
  workingDir: folder,
  backupsDir: join(dir, 'backups'),
  keep: 2,
  ...more,
}, env);

const ratios = (pairs, field) => median(pairs.map(({ own, peer }) => own[field] / peer[field]));
const memory = (costs) => ({
  label: 'most memory',
  unit: 'MiB',
  pinky: Math.max(...costs.map(({ mebibytes }) => mebibytes)),
  target: mostMemory,
});

/** A full backup against `tar | lzop`, in turns. Both end when the archive is on the disk. */
export class Backup {
  name = 'backup';
  stage = 'lone';
  #kinds = [];

  async measure(context) {
    await withWorlds(context, async (at) => {
      const { dir, kinds, repeats } = at;
      for (const { name, folder } of kinds) {
        const pairs = [];
        for (let i = 0; i < repeats; i++) {
          const archive = join(dir, 'peer.tar.lzo');
          const peer = shell(`tar cf - -C ${folder} . | lzop -c >${archive}; sync ${archive}`);
          pairs.push({ peer, own: await backupOf(folder, at, { isForced: true }) });
        }
        this.#kinds.push({ name, pairs });
      }
    });
  }

  report() {
    const targets = [[1.2, 1.2], [2, 2]];
    const figures = this.#kinds.flatMap(({ name, pairs }, place) => {
      const [cpu, time] = targets[place];
      return [
        { label: `full backup of ${name}: processor`, unit: '×', pinky: ratios(pairs, 'cpu'), target: cpu },
        { label: `full backup of ${name}: time`, unit: '×', pinky: ratios(pairs, 'seconds'), target: time },
      ];
    });
    const all = this.#kinds.flatMap(({ pairs }) => pairs.map(({ own }) => own));
    return {
      bare: '`tar | lzop` and sync, in turns; the figures are ratios to it',
      figures: [...figures, { ...memory(all), label: 'full backup: most memory' }],
      notes: this.#kinds.map(({ name, pairs }) => `${name}: ${each(pairs)}`),
    };
  }
}

const each = (pairs) =>
  pairs.map(({ own, peer }) =>
    `${own.seconds.toFixed(2)} s and ${own.cpu.toFixed(2)} s of processor against ${peer.seconds.toFixed(2)} and ` +
      peer.cpu.toFixed(2)).join('; ');

/** A restore of a full backup against `lzop -dc | tar x`, in turns. */
export class Restore {
  name = 'restore';
  stage = 'lone';
  #kinds = [];

  async measure(context) {
    await withWorlds(context, async (at) => {
      const { dir, kinds, repeats } = at;
      for (const { name, folder } of kinds) {
        const { result: { url } } = await backupOf(folder, at, { isForced: true });
        const pairs = [];
        for (let i = 0; i < repeats; i++) {
          const into = join(dir, 'restored');
          mkdirSync(into);
          const peer = shell(`lzop -dc ${fileURLToPath(url)} | tar x -C ${into}`);
          rmSync(into, { recursive: true });
          pairs.push({ peer, own: await runner(restoreOf(url, into, dir), at.env) });
          rmSync(into, { recursive: true });
        }
        this.#kinds.push({ name, pairs });
      }
    });
  }

  report() {
    const targets = [1.2, 1.5];
    const all = this.#kinds.flatMap(({ pairs }) => pairs.map(({ own }) => own));
    return {
      bare: '`lzop -dc | tar x`, in turns; the figures are ratios to it',
      figures: [
        ...this.#kinds.map(({ name, pairs }, place) => (
          { label: `restore of ${name}: time`, unit: '×', pinky: ratios(pairs, 'seconds'), target: targets[place] })),
        { ...memory(all), label: 'restore: most memory' },
      ],
      notes: this.#kinds.map(({ name, pairs }) => `${name}: ${each(pairs)}`),
    };
  }
}

const restoreOf = (url, into, dir) => ({
  type: 'restore',
  serverId: 'bench',
  source: { url },
  into,
  backupsDir: join(dir, 'backups'),
  allowedHosts: [],
  limits: { maxBytes: 1e12, maxEntries: 1e7, maxRatio: 1e6 },
});

/** A file that was written to shortly before a backup is read by the next one, because it may have changed since. */
const unchangedForMs = 75_000;

/** The next backup of a large world: unchanged, and with one file of a hundred changed. */
export class Increment {
  name = 'increment';
  stage = 'lone';
  #unchanged = [];
  #changed = [];
  #peers = [];

  async measure(context) {
    await withWorlds(context, async (at) => {
      const { dir, kinds: [{ folder, name }], repeats } = at;
      this.what = name;
      const peers = peersOf(dir).filter(({ program }) => isInstalled(program));
      this.skipped = peersOf(dir).filter(({ program }) => !isInstalled(program)).map(({ program }) => program);
      for (const { init, run, env } of peers) shell(`${init}; ${run(folder)}`, env);
      await setTimeout(unchangedForMs);
      await backupOf(folder, at);
      for (let i = 0; i < repeats; i++) {
        this.#unchanged.push(await backupOf(folder, at));
        this.#measurePeers(peers, folder, 'unchanged');
        change(folder, i);
        this.#changed.push(await backupOf(folder, at));
        this.#measurePeers(peers, folder, '1 % changed');
      }
    });
  }

  #measurePeers(peers, folder, what) {
    for (const { program, run, env } of peers) this.#peers.push({ program, what, ...shell(run(folder), env) });
  }

  #costsOf(peer) {
    return this.#peers.filter(({ program, what }) => `${program}, ${what}` === peer);
  }

  report() {
    const seconds = (costs) => median(costs.map((cost) => cost.seconds));
    const first = this.#changed[0];
    return {
      bare: this.#peers.length > 0 ? 'restic and borg, as far as they are installed' : 'nothing',
      figures: [
        { label: `${this.what} unchanged`, unit: 's', pinky: seconds(this.#unchanged), target: 0.3 },
        { label: `${this.what}, 1 % changed`, unit: 's', pinky: seconds(this.#changed), target: 0.5 },
        { label: `${this.what}, 1 % changed: written`, unit: 'MB', pinky: first.result.size / 1e6, target: 5.5 },
        { ...memory([...this.#unchanged, ...this.#changed]), label: 'increment: most memory' },
      ],
      notes: [
        ...(this.skipped.length > 0 ? [`skipped, because they are not installed: ${this.skipped.join(', ')}`] : []),
        ...[...new Set(this.#peers.map(({ program, what }) => `${program}, ${what}`))].map((peer) =>
          `${peer}: ${seconds(this.#costsOf(peer)).toFixed(2)} s`),
      ],
    };
  }
}

/** Rewrites one file of a hundred. */
function change(folder, round) {
  for (let i = round; i < readdirSync(folder).length; i += 100) {
    const path = join(folder, `r.${i}.mca`);
    writeFileSync(path, refreshed(readFileSync(path)));
  }
}

const peersOf = (dir) => [
  {
    program: 'restic',
    env: { RESTIC_REPOSITORY: join(dir, 'restic'), RESTIC_PASSWORD: 'bench' },
    init: 'restic init',
    run: (folder) => `restic backup -q ${folder}`,
  },
  {
    program: 'borg',
    env: { BORG_REPO: join(dir, 'borg') },
    init: 'borg init -e none',
    run: (folder) => `borg create ::$RANDOM$RANDOM ${folder}`,
  },
];
