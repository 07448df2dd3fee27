import { existsSync, statSync } from 'node:fs';
import { funpackPath } from '../launch/environment.js';
import { runScript } from '../script/run-script.js';

export interface Placement {
  /** The files of the installation. They become those of the owner of `working`. */
  readonly files: string;
  /** The files of the installation before. */
  readonly before?: string | undefined;
  /** The server's `working/`. */
  readonly working: string;
  readonly signal: AbortSignal;
}

/**
 * A file in `working/` stays as it is, for it may be a changed configuration or part of the world; but one that is
 * still the same as the installation before made it goes first. Links are never followed, and the names of files may
 * hold anything.
 */
const merge = `
set -e
owner=$1
chown -hR "$owner" /mnt/files
find /mnt/files -type f -perm /6000 -exec chmod ug-s {} +
if [ -d /mnt/before ]; then
  list() { find "$1" -mindepth 1 '(' -type f -o -type l ')' -printf '%y %s %T@ %P\\0' | LC_ALL=C sort -z >"$2"; }
  list /mnt/before /tmp/before
  list /mnt/working /tmp/working
  cd /mnt/working
  LC_ALL=C comm -z -12 /tmp/before /tmp/working | cut -z -d' ' -f4- | xargs -0 -r rm -f --
fi
keep=-n
cp --update=none /dev/null /tmp/probe 2>/dev/null && keep=--update=none
cp -a "$keep" --reflink=auto -- /mnt/files/. /mnt/working/
`;

/** An hour: many gigabytes on a slow disk. Milliseconds. */
const timeoutMs = 60 * 60_000;

/**
 * Copies the installed files into `working/`. A game may have put links there, so it happens where the rest of the
 * machine is read-only. Throws `install_failed` or `cancelled`.
 */
export async function putInPlace({ files, before, working, signal }: Placement): Promise<void> {
  const { uid, gid } = statSync(working);
  const old = before !== undefined && existsSync(before) ? ['--ro-bind', before, '/mnt/before'] : [];
  await runScript('bwrap', [
    ...['--unshare-pid', '--unshare-net', '--unshare-ipc', '--as-pid-1', '--die-with-parent', '--new-session'],
    ...['--cap-drop', 'ALL'],
    ...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'].flatMap((name) => ['--cap-add', `CAP_${name}`]),
    ...['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--tmpfs', '/mnt'],
    ...['--bind', files, '/mnt/files', ...old, '--bind', working, '/mnt/working'],
    ...['--', '/bin/sh', '-c', merge, 'place', `${uid}:${gid}`],
  ], {
    cwd: '/',
    env: { PATH: funpackPath(), LANG: 'C.UTF-8' },
    timeoutMs,
    code: 'install_failed',
    signal,
    name: 'putting the installed files into working/',
  });
}
