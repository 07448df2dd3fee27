import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createServer, Server, type ServerContext } from '@pinky/serverengine';
import { nextOf, readCase, serverBehaviourOf, tellEvent } from './recorded-case.js';

/** The daemon of one recorded case: `directory`. */
const [directory = ''] = process.argv.slice(2);
const isBelow = process.send !== undefined; // only a supervisor gives its child a channel
const readConfig = (): Record<string, unknown> =>
  JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as Record<string, unknown>;
const isSupervisor = readConfig()['supervisor'] === true && !isBelow;
const role = isSupervisor ? 'supervisor' : 'server';
const behaviour = serverBehaviourOf(readCase(directory).server, isSupervisor ? 0 : nextOf(directory, 'server'));

class RecordedServer extends Server {
  constructor(context: ServerContext) {
    super(context);
    // Node does not fork, so below a supervisor both processes make the object. The records have the supervisor's.
    if (!isBelow) tellEvent(directory, role, 'server.initialize');
    this.#raise('initialize');
  }

  beforeRun(): void {
    tellEvent(directory, role, 'server.before_run');
    this.#raise('before_run');
    const { exit_after: after, exit_code: code = 0 } = behaviour;
    if (after !== undefined) setTimeout(() => this.#exit(code), after * 1000);
  }

  afterRun(): void {
    tellEvent(directory, role, 'server.after_run');
    this.#raise('after_run');
  }

  afterStart(): void {
    tellEvent(directory, role, 'server.after_start');
    this.#raise('after_start');
  }

  override stop(isGraceful: boolean): void | Promise<void> {
    tellEvent(directory, role, 'server.stop', { graceful: isGraceful });
    this.#raise('stop');
    return super.stop(isGraceful);
  }

  override restart(isGraceful: boolean): void | Promise<void> {
    tellEvent(directory, role, 'server.restart', { graceful: isGraceful });
    this.#raise('restart');
    return super.restart(isGraceful);
  }

  override reload(): void | Promise<void> {
    tellEvent(directory, role, 'server.reload');
    this.#raise('reload');
    return super.reload();
  }

  override dump(): void {
    tellEvent(directory, role, 'server.dump');
    super.dump();
  }

  #exit(code: number): void {
    tellEvent(directory, role, 'server.exiting', { code });
    // libc's exit, without handlers. It is not documented, but every Node has it.
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
