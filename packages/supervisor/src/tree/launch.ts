import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { bootId, readStat, type ProcessIdentity } from '../adopt/process-identity.js';
import { readHeartbeats } from '../heartbeat/heartbeat-reader.js';
import { heartbeatVariable } from '../heartbeat/heartbeat-writer.js';
import type { ProcessExit } from '../restart/exit-meaning.js';
import type { ChildSpec } from './child-spec.js';
import type { LiveProcess, ProcessListener } from './live-process.js';

/** The fd on which a child finds the write end of its heartbeat pipe. */
const heartbeatFd = 3;

/** Starts a child. Where that fails, `onExit` hears `notStarted` (later, never during the call) and the answer is undefined. */
export function launch(spec: ChildSpec, listener: ProcessListener): LiveProcess | undefined {
  const outputFd = openOutput(spec);
  try {
    const child = spawn(spec.command, [...spec.args], {
      stdio: stdioOf(spec, outputFd), detached: spec.isDetached, env: environmentOf(spec), ...(spec.cwd !== undefined && { cwd: spec.cwd }),
    });
    if (child.pid !== undefined) readOutput(child, spec);
    if (child.pid !== undefined) spec.onSpawned?.(child);
    return watch(child, spec, listener);
  } catch (error) {
    // EMFILE, ENOMEM or a bad argument: spawn throws some and emits others
    setImmediate(() => listener.onExit({ kind: 'notStarted', reason: String(error) }));
    return undefined;
  } finally {
    if (outputFd !== undefined) closeSync(outputFd);
  }
}

function watch(child: ChildProcess, spec: ChildSpec, listener: ProcessListener): LiveProcess | undefined {
  if (child.pid === undefined) {
    child.once('error', (error) => listener.onExit({ kind: 'notStarted', reason: error.message }));
    return undefined;
  }
  const identity: ProcessIdentity = { pid: child.pid, startTime: readStat(child.pid)?.startTime ?? '', bootId: bootId() };
  let hasExited = false;
  child.on('error', () => undefined); // a failed kill(2); the exit is told by 'exit'
  const stopReading = spec.hasHeartbeat ? readPulse(child, { ...listener, onPulseLost: () => { if (!hasExited) listener.onPulseLost(); } }) : undefined;
  child.once('exit', (code, signal) => {
    hasExited = true;
    stopReading?.();
    listener.onExit(exitOf(code, signal));
  });
  return {
    identity,
    isAdopted: false,
    signal: (signal) => !hasExited && child.kill(signal), // safe: Node reaps the child and tells 'exit' in one step
    check: () => undefined,
    connectionHeld: () => undefined,
    release: () => {
      stopReading?.();
      child.unref();
    },
  };
}

/** The pipe's end usually comes a moment before the exit that caused it, so it counts only if no exit follows. */
function readPulse(child: ChildProcess, { onBeat, onPulseLost }: ProcessListener): (() => void) | undefined {
  const pipe = child.stdio[heartbeatFd];
  if (!pipe) return undefined;
  let timer: NodeJS.Timeout | undefined;
  // A pipe entry of `stdio` above 2 is a duplex socket; only its reading side is used.
  const stop = readHeartbeats(pipe as Readable, { onBeat, onClosed: () => { timer = setTimeout(onPulseLost, 1_000); } });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  if (code !== null) return { kind: 'code', code };
  return signal === null ? { kind: 'unknown' } : { kind: 'signal', signal };
}

const environmentOf = ({ env, hasHeartbeat }: ChildSpec): NodeJS.ProcessEnv =>
  hasHeartbeat ? { ...(env ?? process.env), [heartbeatVariable]: String(heartbeatFd) } : { ...(env ?? process.env) };

function stdioOf({ output, hasHeartbeat, hasChannel }: ChildSpec, outputFd: number | undefined): StdioOptions {
  const target = outputFd ?? (output === 'inherit' ? 'inherit' : isText(output) ? 'pipe' : 'ignore');
  return ['ignore', target, target, ...(hasHeartbeat ? ['pipe' as const] : []), ...(hasChannel ? ['ipc' as const] : [])];
}

const isText = (output: ChildSpec['output']): output is { readonly onText: (text: string) => void } => typeof output === 'object' && 'onText' in output;

/** Whole lines, so that those of several children do not mix; what is left at the end is a line too. */
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

/** A log that cannot be opened (full disk, missing folder) must not keep a child from running. */
function openOutput({ output }: ChildSpec): number | undefined {
  if (typeof output !== 'object' || !('file' in output)) return undefined;
  try {
    return openSync(output.file, 'a', 0o600);
  } catch {
    return undefined;
  }
}
