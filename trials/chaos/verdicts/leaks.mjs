import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { processesOf } from '../../processes.mjs';

/**
 * A box that is down leaves these in its home on purpose: configuration, logs, Redis's data, caches, recorded answers,
 * and locks that nobody holds.
 */
const mayStay = [
  /^pinky\.yml$/,
  /^effective\.json$/,
  /^children\.json$/,
  /^log\//,
  /^redis\/(redis\.conf|appendonlydir\/[^/]+|dump\.rdb)$/,
  /^cache\//,
  /^answers\/[\w-]+\.jsonl$/,
  /^definitions\/(\.ports|\.unused|[\w-]+\.(json|secrets))$/,
  /^history\//,
  /^events\/\d+\.jsonl$/,
  /^api\/jobs\.jsonl$/,
  /^users\/\d+$/,
  /^maintenance\.json$/,
  /^ports-in-use\.json(\.next)?$/,
  /^(identity|isolation|place)$/, // the home's, which outlive every run
  // of a worker or runner that was killed: it counts for nothing, and the next one removes it
  /^(launches|runners)\/(\.[\w.-]+|slot\.\d+|waiting\/[\w.-]+)$/,
  /^locks\/[\w-]+$/,
  /^[\w-]+\.lock$/,
];
/** Worlds that were put aside when their server stopped. They go by age. */
const isParked = (name) => /^\.parked\/[\w-]+\/[\w-]+(\.json$|\/)/.test(name);
/** Names the home to which servers outside it belong. */
const ownerMark = '.home';
/** The parts of a backup: an archive, its manifest and note beside it, and the base that an increment needs. */
const ofBackups = [
  /^worlds\/\.retention\.json$/,
  /^worlds\/[\w-]+\/(\.bases\/)?[\w-]+\.\d+\.(incremental\.)?tar\.lzo$/,
  /^worlds\/[\w-]+\/[\w-]+\.\d+\.(manifest\.gz|note\.json)$/,
];
/** How long processes that were told to end may take, milliseconds. In the small run only whether they end counts. */
const endMs = ({ isSmall }) => (isSmall ? 90_000 : 1_000);

/** After the final `pinky down` no process is left, and no FIFO, socket, port claim, lock or temporary file. */
export async function judgeLeaks({ box, violation, isSmall }) {
  let left = [];
  await lookFor(() => (left = processesOf(box.root)).length === 0, { timeoutMs: endMs({ isSmall }), everyMs: 100 });
  for (const { pid, command } of left) violation(`left after pinky down: process ${pid}: ${command}`);
  for (const name of namesIn(box.servers).filter((each) => !isParked(each) && each !== ownerMark))
    violation(`left after pinky down: $SERVERS/${name}`);
  for (const path of filesIn(box.home)) {
    const name = relative(box.home, path);
    const stat = statSync(path);
    // This file is a lock, and its holder's pid would be in it.
    if (name === 'supervisor.pid' && stat.size === 0) continue;
    if (!stat.isFile() || /\.(tmp|new|part)\b/.test(name) || !mayStay.some((pattern) => pattern.test(name))) {
      violation(`left after pinky down: $PINKY_HOME/${name}`);
    }
  }
  for (const name of namesIn(join(box.root, 'backups')))
    if (!ofBackups.some((pattern) => pattern.test(name))) violation(`left after pinky down: backups/${name}`);
}

const namesIn = (dir) => filesIn(dir).map((path) => relative(dir, path));

function filesIn(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(dir, entry.name)) : [join(dir, entry.name)],
  );
}
