import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../command-line/context.js';
import { askForTree } from '../talk/supervisor.js';
import { environmentFile } from '../systemd/environment-file.js';
import { unitFile } from '../systemd/unit-file.js';

const unitsDir = '/etc/systemd/system';
/** Where sd_booted(3) looks. */
const systemdRuns = '/run/systemd/system';

interface InstallFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** A file with somebody's own changes is left as it is. */
  readonly isKept: boolean;
}

/** `pinky install --systemd`: writes the unit and its environment file, and has systemd know them. Starts nothing. */
export async function install(context: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const { out, cwd } = context;
  if (!isSet(flags, 'systemd')) {
    throw new PinkyError('bad_command', 'install what? `pinky install --systemd` is what there is');
  }
  const unit = unitName(textFlag(flags, 'unit') ?? 'pinky');
  const user = userOf(textFlag(flags, 'user'));
  const target = resolve(cwd, textFlag(flags, 'to') ?? unitsDir);
  const home =
    user !== undefined && textFlag(flags, 'home') === undefined && !context.env['PINKY_HOME']
      ? '/var/lib/pinky'
      : context.home;
  const files = filesOf(context, { unit, user, target, home });
  if (isSet(flags, 'dryRun')) {
    out.answer({ files: files.map(({ path, text }) => ({ path, text })) }, () =>
      files.flatMap(({ path, text }) => [out.paint('strong', `# ${path}`), text]),
    );
    return;
  }
  const written = files.filter(write).map((file) => file.path);
  const isEnabled = target === unitsDir && existsSync(systemdRuns) && enable(unit);
  const running = await askForTree(home).catch(() => undefined);
  out.answer({ unit: `${unit}.service`, home, written, isEnabled }, () => [
    ...files.map(({ path }) => (written.includes(path) ? `wrote ${path}` : `left ${path} as it is`)),
    isEnabled
      ? `${unit}.service starts with the machine from now on`
      : `systemd does not run here, or looks elsewhere: \`systemctl daemon-reload && systemctl enable ${unit}\` is ` +
        'left to do',
    running
      ? `a box runs already in ${home}: \`pinky down --detach && systemctl start ${unit}\` hands it over, and no ` +
        'game stops'
      : `\`systemctl start ${unit}\` starts it`,
    ...(user === undefined ? [] : unreachable(user).map((note) => out.paint('busy', `note: ${note}`))),
  ]);
}

interface InstallRequest {
  readonly unit: string;
  readonly user: string | undefined;
  readonly target: string;
  readonly home: string;
}

function filesOf({ configFile }: Context, { unit, user, target, home }: InstallRequest): readonly InstallFile[] {
  const variables = target === unitsDir ? `/etc/default/${unit}` : join(target, `${unit}.env`);
  const text = unitFile({
    unit,
    node: process.execPath,
    ...programs(),
    home,
    configFile,
    environmentFile: variables,
    user,
  });
  return [
    { path: join(target, `${unit}.service`), text, mode: 0o644, isKept: false },
    { path: variables, text: environmentFile(), mode: 0o600, isKept: true },
  ];
}

/** What is started, of this very copy of Pinky. */
const programs = (): { pinky: string; supervisor: string } => {
  const root = resolve(__dirname, '..', '..');
  return { pinky: join(root, 'bin', 'pinky'), supervisor: join(root, 'dist', 'box', 'main.js') };
};

/** False where it is left as it is. */
function write({ path, text, mode, isKept }: InstallFile): boolean {
  if (isKept && existsSync(path)) return false;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text, { mode });
    return true;
  } catch (cause) {
    const isForRoot = ['EACCES', 'EPERM'].includes(errnoOf(cause) ?? '');
    throw new PinkyError(
      'bad_command',
      `${path} cannot be ` +
        `written${isForRoot ? '; run it as root, or see what it would write with --dry-run' : `: ${String(cause)}`}`,
      { cause },
    );
  }
}

function enable(unit: string): boolean {
  for (const args of [['daemon-reload'], ['enable', `${unit}.service`]]) {
    try {
      execFileSync('systemctl', args, { stdio: 'pipe' });
    } catch (cause) {
      const said =
        typeof cause === 'object' && cause !== null && 'stderr' in cause ? String(cause.stderr).trim() : String(cause);
      throw new PinkyError('missing_program', `systemctl ${args.join(' ')} failed: ${said}`, { cause });
    }
  }
  return true;
}

function unitName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) {
    throw new PinkyError(
      'bad_command',
      `--unit: ${JSON.stringify(text)} is no unit name; use letters, digits, _ and -`,
    );
  }
  return text;
}

function userOf(name: string | undefined): string | undefined {
  if (name === undefined || name === 'root') return undefined;
  const isKnown =
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .some((line) => line.startsWith(`${name}:`)) || isInDirectory(name);
  if (isKnown) return name;
  throw new PinkyError(
    'bad_command',
    `--user: there is no user ${JSON.stringify(name)}; \`useradd --system --home-dir /var/lib/pinky ` +
      `${/^[a-z_][a-z0-9_-]*$/.test(name) ? name : 'pinky'}\` makes one`,
  );
}

/** Users that are not in /etc/passwd (LDAP, systemd-homed) are found by getent(1). */
function isInDirectory(name: string): boolean {
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || name.startsWith('-')) return false;
  try {
    execFileSync('getent', ['passwd', name], { stdio: 'pipe' });
    return true;
  } catch {
    return false; // no such user, or no getent
  }
}

/** Programs below a folder that others may not enter cannot be run by another user. */
function unreachable(user: string): string[] {
  return [process.execPath, programs().pinky].flatMap((path) => {
    const closed = parents(path).find((dir) => (statSync(dir).mode & 0o001) === 0);
    return closed === undefined ? [] : [`${user} may not be able to run ${path}: ${closed} is closed to others`];
  });
}

const parents = (path: string): string[] => (path === '/' ? [] : [...parents(dirname(path)), dirname(path)]);
