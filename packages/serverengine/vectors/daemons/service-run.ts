import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayContext } from '../replay.js';
import { endMarked, markedProcesses, type ProcessFacts } from './marked-processes.js';
import type { ServiceCase } from './service-case.js';

/** The service of one case: started, looked at, signalled, and ended in any case. */
export class ServiceRun {
  private readonly mark = `SERVICE_CASE=${process.pid}-${process.hrtime.bigint()}`;
  private readonly caseFile: string;
  private firstTop: ProcessFacts | undefined;

  constructor(readonly service: ServiceCase, private readonly context: ReplayContext) {
    this.caseFile = join(context.directory, 'case.json');
    writeFileSync(this.caseFile, JSON.stringify(service), { mode: 0o644 });
  }

  /** The top process as it was first seen. It may be gone by now. */
  get top(): ProcessFacts | undefined {
    return this.firstTop;
  }

  /** Starts the program. If it is a daemon, waits for its launcher and answers the exit code as well. */
  async start(): Promise<{ readonly child: ChildProcess; readonly code: number | undefined }> {
    const [name = '', value = ''] = this.mark.split('=');
    const child = spawn(process.execPath, [this.context.program('service'), this.caseFile], {
      cwd: this.context.directory,
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, [name]: value },
    });
    const code = this.service.config.daemonize ? ((await once(child, 'exit'))[0] as number) : undefined;
    return { child, code };
  }

  processes(): readonly ProcessFacts[] {
    return markedProcesses(this.mark);
  }

  /** Names the processes by their places. The top has no parent here, and workers come in the order of their start. */
  roles(): ReadonlyMap<string, ProcessFacts> {
    const all = this.processes();
    const pids = new Set(all.map(({ pid }) => pid));
    const top = all.find(({ parent }) => !pids.has(parent));
    this.firstTop ??= top;
    const below = (parent: ProcessFacts | undefined): readonly ProcessFacts[] =>
      parent ? all.filter((each) => each.parent === parent.pid) : [];
    const server = this.service.config.supervisor ? below(top)[0] : top;
    const named: [string, ProcessFacts | undefined][] = [
      ['server', server],
      ...(this.service.config.supervisor ? [['supervisor', top] as [string, ProcessFacts | undefined]] : []),
      ...below(server).map((worker, index) => [`worker${index}`, worker] as [string, ProcessFacts]),
    ];
    return new Map(named.filter((entry): entry is [string, ProcessFacts] => entry[1] !== undefined));
  }

  async end(): Promise<void> {
    await endMarked(this.mark);
  }
}
