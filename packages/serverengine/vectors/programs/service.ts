import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemClock } from '@pinky/protocol/base';
import { becomeUser, checkConfig, enterService, resolveCredentials } from '@pinky/serverengine';
import { childSpec, createPlainLogger, nodeProgram, ProcessTree } from '@pinky/supervisor';
import type { ServiceCase } from '../daemons/service-case.js';

/** A supervisor if asked for, a server and workers, which do nothing until TERM: `caseFile [role]`. */
const [caseFile = '', role = 'top'] = process.argv.slice(2);
// The cast holds: our parent wrote it.
const { config, server = {} } = JSON.parse(readFileSync(caseFile, 'utf8')) as ServiceCase;
const tree = new ProcessTree({ clock: systemClock, onEvent: () => undefined });

function untilTerm(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setInterval(() => undefined, 60_000);
    process.once('SIGTERM', () => {
      clearInterval(timer);
      resolve();
    });
  });
}

/** Leaves a mark: this process has its user, title and children now. */
const settled = (): void => writeFileSync(join(dirname(caseFile), `settled-${role}`), '');

function child(name: string, title: string | undefined): void {
  const program = nodeProgram({ file: process.argv[1] ?? '', args: [caseFile, name], titleLength: title?.length ?? 0 });
  tree.start(
    name,
    childSpec({ ...program, ...(title !== undefined && { env: { ...definedEnv(), SERVICE_TITLE: title } }) }),
  );
}

const definedEnv = (): Record<string, string> =>
  Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));

function startBelow(isSupervisor: boolean): void {
  if (isSupervisor) return child('server', config.server_process_name);
  if (server.raise_in === 'before_run') throw new Error('before_run failure');
  for (let id = 0; id < config.workers; id += 1)
    child(`worker${id}`, config.worker_process_name?.replace(/%[ds]/, String(id)));
}

/** The reason why no server can have this configuration. The library looks for one before anything runs. */
function faultOf(given: ServiceCase['config']): string | undefined {
  try {
    checkConfig({ ...given });
    return undefined;
  } catch (error) {
    return String(error);
  }
}

async function runTop(): Promise<number> {
  const fault = faultOf(config);
  if (fault !== undefined) {
    console.error(fault);
    return config.daemonize_error_exit_code ?? 1;
  }
  const entered = await enterService({
    daemonize: config.daemonize,
    pidPath: config.pid_path,
    processName: config.daemon_process_name,
    runAs: { user: config.chuser, group: config.chgroup, umask: config.chumask },
    errorExitCode: config.daemonize_error_exit_code ?? 1,
  });
  if (!entered.isService) {
    if (entered.reason !== undefined) console.error(entered.reason);
    return entered.exitCode;
  }
  const over = untilTerm();
  try {
    if (server.raise_in === 'initialize') throw new Error('init failure');
    const log = createPlainLogger({ path: config.log ?? '/dev/null' });
    startBelow(config.supervisor === true);
    log.info({ event: 'service.started' });
    settled();
    entered.ready();
  } catch (error) {
    return entered.failed(error);
  }
  await over;
  await tree.stopAll({ mode: 'graceful' });
  return 0;
}

async function runBelow(): Promise<number> {
  if (role !== 'server') {
    becomeUser(
      resolveCredentials({ user: config.worker_chuser, group: config.worker_chgroup, umask: config.worker_chumask }),
    );
  }
  if (process.env['SERVICE_TITLE'] !== undefined) process.title = process.env['SERVICE_TITLE'];
  const over = untilTerm();
  if (role === 'server') startBelow(false);
  settled();
  await over;
  await tree.stopAll({ mode: 'graceful' });
  return 0;
}

void (role === 'top' ? runTop() : runBelow()).then((code) => process.exit(code));
