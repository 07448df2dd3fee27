import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { bootId, readStat, type ProcessIdentity } from '../adopt/process-identity.js';
import { readHeartbeats } from '../heartbeat/heartbeat-reader.js';
import type { ProcessExit } from '../restart/exit-meaning.js';
import type { ChildSpec } from './child-spec.js';
import type { LiveProcess, ProcessListener } from './live-process.js';

/** The fd on which a child finds the write end of its heartbeat pipe. */
export const heartbeatFd = 3;

/**
 * A pipe usually ends a moment before the exit that ends it. Its end counts only if no exit follows within this time.
 * Milliseconds.
 */
const pulseLostAfterMs = 1_000;

const ignore = (): void => undefined;

/** A process that we started. There may be thousands, so each one keeps as few objects of its own as it can. */
export class OwnChild implements LiveProcess {
  readonly isAdopted = false;
  readonly needsLooks = false;
  #identity: ProcessIdentity | undefined;
  #hasExited = false;
  #stopReading: (() => void) | undefined;

  constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    spec: ChildSpec,
    private readonly listener: ProcessListener,
  ) {
    child.on('error', ignore); // a failed kill(2); 'exit' reports the exit
    if (spec.hasHeartbeat) this.#stopReading = this.#readPulse();
    child.on('exit', (code, signal) => this.#exited(exitOf(code, signal)));
  }

  /** Read only when asked for, which is rare. Until Node reports the exit, the pid can only be this child's. */
  get identity(): ProcessIdentity {
    return (this.#identity ??= {
      pid: this.pid,
      startTime: this.#hasExited ? '' : (readStat(this.pid)?.startTime ?? ''),
      bootId: bootId(),
    });
  }

  signal(signal: NodeJS.Signals): boolean {
    return !this.#hasExited && this.child.kill(signal); // safe: Node reaps the child and emits 'exit' in one step
  }

  check(): void { /* Node reports its exit */ }

  connectionHeld(): void { /* Node reports its exit */ }

  release(): void {
    this.#stopReading?.();
    this.child.unref();
  }

  #exited(exit: ProcessExit): void {
    this.#hasExited = true;
    this.#stopReading?.();
    this.listener.onExit(exit);
  }

  #readPulse(): (() => void) | undefined {
    const pipe = this.child.stdio[heartbeatFd];
    if (!pipe) return undefined;
    let timer: NodeJS.Timeout | undefined;
    const lost = (): void => {
      if (!this.#hasExited) this.listener.onPulseLost();
    };
    // The cast holds: a 'pipe' of `stdio` above 2 is a duplex socket. Only its reading side is used.
    const stop = readHeartbeats(pipe as Readable, {
      onBeat: () => this.listener.onBeat(),
      onClosed: () => {
        timer = setTimeout(lost, pulseLostAfterMs);
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): ProcessExit {
  if (code !== null) return { kind: 'code', code };
  return signal === null ? { kind: 'unknown' } : { kind: 'signal', signal };
}
