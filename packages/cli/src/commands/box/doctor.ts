import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '@pinky/box/config';
import { asPinkyError, boxPaths, ownEffectiveConfig, type BoxConfig } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import {
  checkAbandoned, checkBox, checkChildren, checkCopies, checkOwner, checkPlaces, checkRelease,
} from '../../doctor/box.js';
import type { Finding } from '../../doctor/finding.js';
import { checkFunpackFolder } from '../../doctor/funpack.js';
import { checkCgroups, checkGuardedPorts, checkIsolation } from '../../doctor/jail.js';
import { checkLimits } from '../../doctor/limits.js';
import { checkDisk, checkHome, checkNode, checkPorts } from '../../doctor/machine.js';
import { checkPrograms } from '../../doctor/programs.js';
import { checkRedis, checkRedisData } from '../../doctor/redis.js';
import { findProcesses } from '../../observe/processes.js';
import type { SupervisorView } from '../../talk/supervisor.js';
import type { Output } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { sourceFlag } from '../servers/start-flags.js';

/** `pinky doctor`: exits with 1 if something that Pinky, or the funpack, needs is missing. */
export async function doctor(context: Context, _args: readonly string[], flags: Flags): Promise<number> {
  const { config: written, finding } = configOf(context);
  const box = written && (await checkBox(context.home));
  const config = box?.tree ? (runningConfig(context.home) ?? written) : written;
  const funpack = textFlag(flags, 'funpack');
  const places = checkPlaces(config ?? defaultFolders(context.home));
  const findings = [
    checkNode(),
    ...checkPrograms(context.env['PATH'] ?? '', config?.redis !== undefined),
    finding,
    checkHome(context.home),
    ...places,
    ...(written && written.servers !== config?.servers ? checkOwner(written) : []), // of the next `up`
    checkCgroups(),
    ...(config ? [checkIsolation(config), ...checkGuardedPorts(config)] : []),
    ...(config && box ? await checkConfigured(config, box) : []),
    ...(config && places.length === 0 ? checkAbandoned(config, box?.isThere === true) : []), // it reads those files
    ...(config && funpack !== undefined
      ? await checkFunpackFolder(sourceFlag(funpack, context.cwd), config, context.cwd)
      : []),
  ];
  const bad = findings.filter((one) => one.level === 'bad').length;
  context.out.answer({ ok: bad === 0, findings }, () => [
    ...lines(context.out, findings),
    summary(context.out, findings, box?.isThere === true),
  ]);
  return bad === 0 ? 0 : 1;
}

function configOf({ home, configFile, env }: Context): { config: BoxConfig | undefined; finding: Finding } {
  try {
    const config = loadConfig({ home, configFile, env });
    const file = config.configFile ?? boxPaths(home).config;
    return {
      config,
      finding: {
        name: 'pinky.yml',
        level: 'ok',
        found: existsSync(file) ? `${file} is fine` : `${file} does not exist; every option has its default`,
      },
    };
  } catch (error) {
    const { code, message } = asPinkyError(error);
    if (code !== 'bad_option' && code !== 'misplaced') throw error;
    return {
      config: undefined,
      finding: {
        name: 'pinky.yml',
        level: 'bad',
        found: message,
        fix: 'correct it; docs/configuration.md lists every option',
      },
    };
  }
}

/** The folders of a home whose configuration cannot be read. */
const defaultFolders = (home: string) => ({ home, servers: join(home, 'servers'), backups: join(home, 'backups') });

/** The configuration that the box runs with. `pinky up --redis`, say, is not in pinky.yml. */
function runningConfig(home: string): BoxConfig | undefined {
  try {
    return ownEffectiveConfig(home);
  } catch {
    return undefined; // damaged; pinky.yml has to do
  }
}

async function checkConfigured(
  config: BoxConfig,
  { finding, tree }: Awaited<ReturnType<typeof checkBox>>,
): Promise<Finding[]> {
  return [
    checkDisk(config.servers),
    checkPorts(config.ports),
    ...checkLimits(pidsOf(config.home, tree)),
    finding,
    ...checkRelease(tree?.removed),
    ...checkCopies(tree?.children ?? []),
    ...checkChildren(config.home, tree?.children ?? []),
    ...(await checkRedis(config, tree !== undefined, tree?.children.find(({ role }) => role === 'queue')?.pid)),
    ...checkRedisData(config, tree?.children ?? []),
  ];
}

/** The processes of the box that start others or hold many files: the supervisor first. */
function pidsOf(home: string, tree: SupervisorView | undefined): readonly number[] {
  if (!tree) return findProcesses(home).map(({ pid }) => pid);
  return [tree.pid, ...tree.children.flatMap(({ pid }) => pid ?? [])];
}

const marks = {
  ok: { tone: 'good', text: 'ok' },
  odd: { tone: 'busy', text: 'odd' },
  bad: { tone: 'bad', text: 'BAD' },
} as const;

const lines = (out: Output, findings: readonly Finding[]): string[] =>
  table(
    ['', 'WHAT', 'FOUND', 'WHAT TO DO'],
    findings.map(({ name, level, found, fix }) => [
      out.paint(marks[level].tone, marks[level].text),
      name,
      out.advice(found.replaceAll('\n', '; ')),
      fix === undefined ? undefined : out.advice(fix),
    ]),
  );

function summary(out: Output, findings: readonly Finding[], isRunning: boolean): string {
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  const before = isRunning ? '; the games that run go on meanwhile' : ' before games can run here';
  if (count('bad') > 0) return out.paint('bad', `${count('bad')} to fix${before}`);
  return out.paint(
    'good',
    count('odd') > 0 ? `everything that is needed is there; ${count('odd')} worth a look` : 'all is well',
  );
}
