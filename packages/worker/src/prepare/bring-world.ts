import { latestBackup, removeTreeSync, runTask, type Funpack } from '@pinky/funpack-runner/light';
import { assertRoom, backupStore, PinkyError, worldBytes, type ParkedWorld, type Source } from '@pinky/protocol';
import { runnerOptions, sourceContext, type PreparationInput } from './preparation-input.js';

/**
 * Puts the world of a start into `working/`: a parked one by a rename, any other by unpacking it. A world that is there
 * is one with which the game was never up, and goes; it is parked if its own backup may be all that there is of it.
 */
export async function bringWorld(input: PreparationInput, funpack: Funpack): Promise<void> {
  const { start, parking, takenBack } = input;
  const half = parking.halfTaken(takenBack?.run);
  const isWhole = half && (await parking.safeBackupOf(half, input.signal)) === undefined;
  if (isWhole && start.world === undefined) return input.onTaken(half);
  if (half?.record) setAside(input, { bootId: 'unknown', ...half.record });
  const park = start.world === undefined && funpack.manifest.persistent
    ? await parking.current(input.signal)
    : undefined;
  const backup = park && (await parking.safeBackupOf(park, input.signal));
  if (park && backup === undefined && (await takeParked(input, park))) return;
  const source = backup === undefined ? await worldSource(input, funpack) : { url: backup };
  return restoreWorld(input, source);
}

/** False if the world cannot be moved. */
async function takeParked(input: PreparationInput, park: ParkedWorld): Promise<boolean> {
  const { parking, files, onTaken } = input;
  await setTakenAside(input);
  removeTreeSync(files.paths.working); // an earlier attempt had another world
  if (!parking.takeBack(park)) return false;
  onTaken(park);
  return true;
}

/** Parks a world that was taken back, and with which the game then was not up. No start goes on with it. */
async function setTakenAside(input: PreparationInput): Promise<void> {
  const { parking, takenBack } = input;
  if (!takenBack || !parking.isInPlace) return;
  const { backup } = takenBack;
  const newest = await parking.newest();
  setAside(input, { isUnused: true, newest, ...(backup !== undefined && { backup }) });
}

function setAside({ parking, start: { serverId } }: PreparationInput, known: Parameters<typeof parking.park>[0]): void {
  if (parking.park(known)) return;
  throw new PinkyError('world_unsaved', `server ${serverId} has a world in working/ that cannot be moved away`);
}

async function restoreWorld(input: PreparationInput, source: Source | undefined): Promise<void> {
  // the restore itself reads the backup back
  if (source?.url !== input.takenBack?.backup) await setTakenAside(input);
  if (!source) {
    removeTreeSync(input.files.paths.working); // an earlier attempt had another world
    return input.onWorld(undefined);
  }
  assertRoom(
    { what: `the world ${source.url}`, dir: input.config.servers, neededBytes: worldBytes(source.url) },
    input.config.disk?.reserve,
  );
  const store = backupStore(input.config.backup);
  const { files: _, bytes: __, ...told } = await runTask(
    {
      type: 'restore',
      source,
      into: input.files.paths.working,
      ...sourceContext(input),
      limits: input.config.archives,
      backupsDir: input.config.backups,
      boxHome: input.config.home,
      ...(store !== undefined && { store }),
    },
    runnerOptions(input),
  );
  input.onWorld(source.url, told);
}

async function worldSource(
  { start, config, parking, signal }: PreparationInput,
  funpack: Funpack,
): Promise<Source | undefined> {
  if (start.world === 'new') return undefined;
  if (start.world) return start.world;
  if (!funpack.manifest.persistent) return undefined;
  const latest = await parking.answered(latestBackup(config.backups, start.serverId), signal);
  return latest ? { url: latest.url } : undefined;
}
