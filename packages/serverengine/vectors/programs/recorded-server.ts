import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, Server, type ServerContext } from '@pinky/serverengine';
import { nextOf, readCase, serverBehaviourOf, tell } from './recorded-case.js';

/** The daemon of one recorded case, in the directory that is named: `directory`. */
const [directory = ''] = process.argv.slice(2);
const isBelow = process.send !== undefined; // a supervisor gives its server a channel; nobody gives one to the top
const readConfig = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>;
const isSupervisor = readConfig()['supervisor'] === true && !isBelow;
const role = isSupervisor ? 'supervisor' : 'server';
const behaviour = serverBehaviourOf(readCase(directory).server, isSupervisor ? 0 : nextOf(directory, 'server'));

class RecordedServer extends Server {
  constructor(context: ServerContext) {
    super(context);
    // Below a supervisor the object is made in both processes, as Node does not fork; the records know the
    // supervisor's.
    if (!isBelow) tell(directory, role, 'server.initialize');
    this.#raise('initialize');
  }

  beforeRun(): void {
    tell(directory, role, 'server.before_run');
    this.#raise('before_run');
    const { exit_after: after, exit_code: code = 0 } = behaviour;
    if (after !== undefined) setTimeout(() => this.#exit(code), after * 1000);
  }

  afterRun(): void {
    tell(directory, role, 'server.after_run');
    this.#raise('after_run');
  }

  afterStart(): void {
    tell(directory, role, 'server.after_start');
    this.#raise('after_start');
  }

  override stop(isGraceful: boolean): void | Promise<void> {
    tell(directory, role, 'server.stop', { graceful: isGraceful });
    this.#raise('stop');
    return super.stop(isGraceful);
  }

  override restart(isGraceful: boolean): void | Promise<void> {
    tell(directory, role, 'server.restart', { graceful: isGraceful });
    this.#raise('restart');
    return super.restart(isGraceful);
  }

  override reload(): void | Promise<void> {
    tell(directory, role, 'server.reload');
    this.#raise('reload');
    return super.reload();
  }

  override dump(): void {
    tell(directory, role, 'server.dump');
    super.dump();
  }

  #exit(code: number): void {
    tell(directory, role, 'server.exiting', { code });
    // the exit of libc, no handlers: not documented, in every Node
    (process as unknown as { reallyExit: (code: number) => never }).reallyExit(code);
  }

  #raise(hook: string): void {
    if (behaviour.raise_in === hook) throw new Error(`${hook} failure`);
  }
}

const withCase = (): Record<string, unknown> => ({
  log: join(directory, 'log'),
  logStdout: false,
  logStderr: false,
  logFormat: 'serverengine',
  directory,
  ...readConfig(),
});
const snakeToOurs = (): Record<string, unknown> => {
  const { log_stdout, log_stderr, ...config } = withCase();
  return {
    ...config,
    ...(log_stdout !== undefined && { logStdout: log_stdout }),
    ...(log_stderr !== undefined && { logStderr: log_stderr }),
  };
};
void createServer(RecordedServer, join(__dirname, 'recorded-worker.js'), snakeToOurs).run();
