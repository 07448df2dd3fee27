import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync } from 'node:fs';
import { openToAppend } from '../given-file/open-to-append.js';
import { heartbeatVariable } from '../heartbeat/heartbeat-sender.js';
import type { ChildSpec } from './child-spec.js';
import type { LiveProcess, ProcessListener } from './live-process.js';
import { heartbeatFd, OwnChild } from './own-child.js';

/**
 * Starts a child. If that fails the answer is undefined, and `onExit` is called with `notStarted`, but never before
 * this call returns.
 */
export function launch(spec: ChildSpec, listener: ProcessListener): LiveProcess | undefined {
  const outputFd = openOutput(spec);
  try {
    const child = spawn(spec.command, spec.args, {
      stdio: stdioOf(spec, outputFd),
      detached: spec.isDetached,
      env: environmentOf(spec),
      ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    });
    if (child.pid !== undefined) readOutput(child, spec);
    if (child.pid !== undefined) spec.onSpawned?.(child);
    if (child.pid !== undefined) return new OwnChild(child, child.pid, spec, listener);
    child.once('error', (error) => listener.onExit({ kind: 'notStarted', reason: error.message }));
    return undefined;
  } catch (error) {
    // EMFILE, ENOMEM or a bad argument: spawn throws some of these errors and emits others.
    setImmediate(() => listener.onExit({ kind: 'notStarted', reason: String(error) }));
    return undefined;
  } finally {
    if (outputFd !== undefined) closeSync(outputFd);
  }
}

const environmentOf = ({ env, hasHeartbeat }: ChildSpec): NodeJS.ProcessEnv =>
  hasHeartbeat ? { ...(env ?? process.env), [heartbeatVariable]: String(heartbeatFd) } : (env ?? process.env);

function stdioOf({ output, hasHeartbeat, hasChannel }: ChildSpec, outputFd: number | undefined): StdioOptions {
  const target = outputFd ?? (output === 'inherit' ? 'inherit' : isText(output) ? 'pipe' : 'ignore');
  return [
    'ignore',
    target,
    target,
    ...(hasHeartbeat ? ['pipe' as const] : []),
    ...(hasChannel ? ['ipc' as const] : []),
  ];
}

const isText = (output: ChildSpec['output']): output is { readonly onText: (text: string) => void } =>
  typeof output === 'object' && 'onText' in output;

/** Reads whole lines, so that several children's lines do not mix. The rest at the end counts as a line too. */
function readOutput(child: ChildProcess, { output }: ChildSpec): void {
  if (!isText(output)) return;
  for (const stream of [child.stdout, child.stderr]) {
    let held = '';
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      const end = chunk.lastIndexOf('\n') + 1;
      if (end > 0) output.onText(held + chunk.slice(0, end));
      held = end > 0 ? chunk.slice(end) : held + chunk;
    });
    stream?.on('end', () => {
      if (held !== '') output.onText(`${held}\n`);
    });
    stream?.on('error', () => undefined); // its end follows
  }
}

/** The child must run even if its log cannot be opened: the disk may be full, the folder missing. */
function openOutput({ output }: ChildSpec): number | undefined {
  if (typeof output !== 'object' || !('file' in output)) return undefined;
  try {
    return openToAppend(output.file, 0o600);
  } catch {
    return undefined;
  }
}
