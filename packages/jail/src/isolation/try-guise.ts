import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesIn, guiseOf, writeGuise, type Isolation } from './guise.js';
import { userTrialTable } from './mount-table.js';

/** A launch that is tried without its game. */
export interface GuiseTrial {
  readonly isolation: Isolation;
  /** The folder of the game. An empty one stands in for it. */
  readonly working: string;
  readonly funpackDir: string;
  /** More folders that the game sees. */
  readonly readable: readonly string[];
  /** Folders of the box that the game may pass through. A start opens them. */
  readonly opened: readonly string[];
  /** The first word of the game's command line. */
  readonly program: string;
  readonly path: string;
}

/** One thing that was tried, in words. */
export interface GuiseStep {
  readonly what: string;
  readonly isFine: boolean;
  /** The obstacle, if there is one. */
  readonly because?: string;
}

/**
 * Prints a line for each thing that is tried: its name, and what was found. $1 is the folder of the game, $2 the
 * funpack, $3 the program.
 */
const script = `
working=$1 funpack=$2 program=$3
echo "uid $(id -u)"
cd "$working" 2>/dev/null && (: >"$working/trial") 2>/dev/null && echo "folder yes"
(: >/tmp/pinky-trial.$$) 2>/dev/null && rm -f /tmp/pinky-trial.$$ && echo "tmp yes"
closed=$(find "$funpack" ! -readable -print 2>/dev/null | head -n 1)
[ -r "$funpack/funpack.json" ] && echo "funpack $closed"
found=$(command -v -- "$program") || exit 0
[ -x "$found" ] || exit 0
echo "program $found"
[ "$(head -c 2 -- "$found" 2>/dev/null)" = '#!' ] || { echo "interpreter none"; exit 0; }
set -- $(head -n 1 -- "$found" | cut -c 3-)
case $1 in */env) shift; [ "$1" = -S ] && shift ;; esac
[ -x "$(command -v -- "$1")" ] && echo "interpreter $1" || echo "missing $1"
`;

/**
 * Tries a launch as far as exec(2), which no game sees: user, namespaces and mounts are made as for the game, an empty
 * folder stands in for its own, and a script looks what it can reach from there. Nothing of the server is changed.
 */
export function tryGuise(trial: GuiseTrial): readonly GuiseStep[] {
  const scratch = mkdtempSync(join(tmpdir(), 'pinky-isolate-'));
  try {
    return stepsOf(trial, runIn(scratch, trial));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

interface Heard {
  readonly said: ReadonlyMap<string, string>;
  readonly failure: string;
}

function runIn(scratch: string, trial: GuiseTrial): Heard {
  const { isolation, working, readable, funpackDir, opened, program, path } = trial;
  const [dir, standIn, stash] = [join(scratch, 'jail'), join(scratch, 'working'), join(scratch, 'stash')];
  for (const each of [dir, standIn, stash]) mkdirSync(each, { mode: 0o700 });
  for (const each of [scratch, stash]) chmodSync(each, 0o711);
  chownSync(standIn, isolation.user.uid, isolation.user.gid);
  const view = { writable: [working], standIn, readable: [funpackDir, ...readable] };
  writeGuise(isolation, { dir, ...view });
  const files = filesIn(dir);
  if (isolation.kind === 'user') writeFileSync(files.mounts, userTrialTable({ ...view, ...files, opened, stash }));
  const [command = '', ...words] = guiseOf(isolation, dir, working).hook;
  const own = isolation.hasNamespaces ? working : standIn; // without a mount, nothing can stand in its place
  const args = [...words, '/bin/sh', '-c', script, 'sh', own, funpackDir, program];
  const { stdout, stderr, status, error } = spawnSync(command, args, {
    cwd: '/',
    env: { PATH: path, HOME: working, LANG: 'C.UTF-8' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  const lines = (stdout ?? '').split('\n').map((line) => /^(\S+) ?(.*)$/.exec(line));
  const said = new Map(lines.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? '']] : [])));
  return { said, failure: error?.message ?? (stderr.trim().split('\n').at(-1) || `exit ${status}`) };
}

function stepsOf({ isolation: { kind, user }, working, funpackDir, program }: GuiseTrial, heard: Heard): GuiseStep[] {
  const { said, failure } = heard;
  const view = kind === 'strict' ? 'its own view of the system, and ' : '';
  if (!said.has('uid')) return [step(`${view}the user ${user.uid}`, failure)];
  const closed = said.get('funpack');
  return [
    step(`${view}the user ${user.uid}`, said.get('uid') === String(user.uid) ? '' : `it is ${said.get('uid')}`),
    step(`a folder of its own in the place of ${working}`, said.has('folder') ? '' : 'it cannot be used'),
    step('/tmp', said.has('tmp') ? '' : 'it cannot be written'),
    step(`its funpack ${funpackDir}`, closed === '' ? '' : `${closed ?? 'it'} cannot be read (chmod -R a+rX)`),
    programStep(program, said, { working, kind }),
  ];
}

const step = (what: string, because: string): GuiseStep =>
  ({ what, isFine: because === '', ...(because !== '' && { because }) });

function programStep(
  program: string,
  said: Heard['said'],
  { working, kind }: { readonly working: string; readonly kind: Isolation['kind'] },
): GuiseStep {
  const found = said.get('program');
  const what = `its program ${found ?? program}`;
  const help = kind === 'strict' ? ': name its folder under `visible` in pinky.yml' : '';
  if (found === undefined && (program.startsWith('.') || program.startsWith(`${working}/`))) {
    return { what: `${what} is in its own folder, and was not tried`, isFine: true };
  }
  if (found === undefined) return step(what, `it is not there, or not to be run${help}`);
  const missing = said.get('missing');
  return step(`${what}, up to its exec`, missing === undefined ? '' : `its interpreter ${missing} is not there${help}`);
}
