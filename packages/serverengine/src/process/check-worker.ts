import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { PinkyError } from '@pinky/protocol/base';
import type { EffectiveConfig } from '../config/server-config.js';
import { resolveCredentials } from '../daemonize/credentials.js';
import { loadWorker } from './load-module.js';
import type { WorkerGiven, WorkerMethods } from '../worker/worker.js';

/**
 * Finds out, before anything runs, whether workers can be started at all: their module can be loaded and has what their
 * type needs, their user is known, Node knows its options. If not: `bad_option`.
 */
export async function checkWorker(given: WorkerGiven, config: EffectiveConfig): Promise<void> {
  const type = config['workerType'];
  const method = type === 'spawn' ? 'spawn' : 'run';
  const worker = await loadWorker(given);
  // An object of a class may have methods that its class does not show.
  if (typeof worker !== 'function' && typeof (worker as WorkerMethods)[method] !== 'function') {
    throw new PinkyError('bad_option', `the worker has no ${method}(), which type ${type} needs`);
  }
  if (type !== 'process' && type !== 'spawn') return;
  resolveCredentials({
    user: config['workerChuser'],
    group: config['workerChgroup'],
    umask: config['workerChumask'],
  });
  if (type === 'process' && config['workerNodeOptions'].length > 0) await checkNodeOptions(config['workerNodeOptions']);
}

/** Node checks all its options before it shows its version. */
async function checkNodeOptions(options: readonly string[]): Promise<void> {
  const node = spawn(process.execPath, ['--version', ...options], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [words, [code]] = await Promise.all([text(node.stderr), once(node, 'exit') as Promise<[number | null]>]);
  if (code === 0) return;
  throw new PinkyError('bad_option', `bad workerNodeOptions ${JSON.stringify(options)}: ${words.trim()}`);
}
