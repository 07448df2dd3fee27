import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errnoOf, PinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { askForTree } from '../../talk/supervisor.js';
import { environmentFile } from '../../systemd/environment-file.js';
import { isSystemdRunning, systemctl, unitsDir } from '../../systemd/systemctl.js';
import { unitFile } from '../../systemd/unit-file.js';
import { unitPrograms } from '../../systemd/unit-programs.js';
import { writeWhole } from '../../systemd/write-file.js';
import { installCommand } from './install-command.js';

interface InstallFile {
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** Whether a file that exists is left as it is, because it holds settings of the operator. */
  readonly isKept: boolean;
}

/** `pinky install --systemd`: writes the unit and its file for variables, and enables the unit. Starts nothing. */
export async function install(context: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const { out, cwd } = context;
  if (isSet(flags, 'command')) return installCommand(context, flags);
  if (!isSet(flags, 'systemd')) {
    const remedy = 'there is `pinky install --systemd` and `pinky install --command`';
    throw new PinkyError('bad_command', 'install what?', { remedy });
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
  const isEnabled = target === unitsDir && isSystemdRunning();
  if (isEnabled) await enable(unit);
  const running = await askForTree(home).catch(() => undefined);
  out.answer({ unit: `${unit}.service`, home, written, isEnabled }, () => [
    ...files.map(({ path }) => (written.includes(path) ? `wrote ${path}` : `left ${path} as it is`)),
    isEnabled
      ? `${unit}.service starts with the machine from now on`
      : `systemd does not run here, or reads another folder: \`systemctl daemon-reload && systemctl enable ${unit}\` ` +
        'is left to do',
    running
      ? `a box runs already in ${home}: \`pinky down --detach && systemctl start ${unit}\` hands it over to ` +
        'systemd, and no game stops'
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
    ...unitPrograms(),
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

/** False if the file was left as it is. */
function write({ path, text, mode, isKept }: InstallFile): boolean {
  if (isKept && existsSync(path)) return false;
  try {
    writeWhole(path, text, mode);
    return true;
  } catch (cause) {
    const isForRoot = ['EACCES', 'EPERM'].includes(errnoOf(cause) ?? '');
    throw new PinkyError(
      'bad_command',
      `${path} cannot be ` +
        `written${isForRoot ? '; run it as root, or print the files with --dry-run' : `: ${String(cause)}`}`,
      { cause },
    );
  }
}

async function enable(unit: string): Promise<void> {
  await systemctl('missing_program', 'daemon-reload');
  await systemctl('missing_program', 'enable', `${unit}.service`);
}

function unitName(text: string): string {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(text)) {
    throw new PinkyError(
      'bad_command',
      `--unit: ${JSON.stringify(text)} is not a name for a unit; use letters, digits, _ and -`,
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

/** getent(1) finds users that are not in /etc/passwd, but in LDAP or systemd-homed. */
function isInDirectory(name: string): boolean {
  if (!/^[A-Za-z0-9_.-]+$/.test(name) || name.startsWith('-')) return false;
  try {
    execFileSync('getent', ['passwd', name], { stdio: 'pipe' });
    return true;
  } catch {
    return false; // no such user, or no getent
  }
}

/** Programs that another user cannot run, because a folder above them is closed. */
function unreachable(user: string): string[] {
  return [process.execPath, unitPrograms().pinky, unitPrograms().supervisor].flatMap((path) => {
    const closed = parents(path).find((dir) => (statSync(dir).mode & 0o001) === 0);
    return closed === undefined ? [] : [`${user} may not be able to run ${path}: ${closed} is closed to others`];
  });
}

const parents = (path: string): string[] => (path === '/' ? [] : [...parents(dirname(path)), dirname(path)]);
