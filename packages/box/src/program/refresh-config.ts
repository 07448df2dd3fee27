import { fromErrorAnswer, PinkyError, type BoxConfig, type ErrorAnswer } from '@pinky/protocol';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { refreshProgram } from './programs.js';

/** The output of the program: the new configuration, or the reason why there is none. */
export type Refreshed = { readonly config: BoxConfig } | { readonly error: ErrorAnswer };

interface RefreshRequest {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  /** Milliseconds. The program takes a tenth of a second. Default 8,000. */
  readonly timeoutMs?: number;
}

/**
 * Reads a box's configuration again and writes effective.json, in a process of its own. So the supervisor never loads
 * the libraries for schemas and YAML, and a supervisor of an earlier version may call this, although it has that
 * version's modules in memory. For its sake this file uses only what every version of @pinky/protocol has. Throws
 * `bad_option`, which names each wrong option, or `deadline_exceeded`.
 */
export async function refreshInOwnProcess(request: RefreshRequest): Promise<BoxConfig> {
  const refreshed = await runProgram(request);
  if ('error' in refreshed) throw fromErrorAnswer(refreshed.error);
  return refreshed.config;
}

async function runProgram({ home, env, timeoutMs = 8_000 }: RefreshRequest): Promise<Refreshed> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [refreshProgram, home], { env, timeout: timeoutMs });
    return JSON.parse(stdout) as Refreshed; // our own program prints nothing else
  } catch (cause) {
    const isLate = typeof cause === 'object' && cause !== null && 'killed' in cause && cause.killed === true;
    const reason = isLate ? `no answer in ${timeoutMs / 1000} s` : String(cause);
    throw new PinkyError(
      isLate ? 'deadline_exceeded' : 'internal',
      `the configuration of ${home} was not read again: ${reason}`,
      { cause },
    );
  }
}
