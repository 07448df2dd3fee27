import { spawn } from 'node:child_process';
import { installedPrograms } from '@pinky/box/programs';
import { PinkyError, titlePadding } from '@pinky/protocol';
import { identify, isAlive, signalProcess, type ProcessIdentity } from '@pinky/supervisor/identity';
import type { Context } from '../../command-line/context.js';
import { findProcesses, type FoundProcess } from '../../observe/processes.js';

const lookAgainMs = 100;
/** The queue and the private Redis have nothing to wait for once the workers are gone. Milliseconds. */
const restMs = 30_000;

/** How long a worker may take to adopt its game, milliseconds. */
const adoptMs = 30_000;

/** The processes end in this order, so that the last events of the games are still published. */
const order = ['worker', 'api', 'webhooks', 'queue', 'redis'] as const;

/**
 * Ends a box whose supervisor is gone: each worker stops its game and writes the final backup, as `pinky stop` does. A
 * game whose worker is dead gets a new one for that.
 * It is the way out where no supervisor can start, for example because another home has the box's name by now. Throws
 * `deadline_exceeded`, naming what still runs.
 */
export async function endWithoutSupervisor(
  context: Context,
  signal: 'SIGTERM' | 'SIGQUIT',
  { servers, withinMs }: { readonly servers: readonly string[]; readonly withinMs: number },
): Promise<void> {
  await giveWorkers(context, servers);
  const workers = findProcesses(context.home).filter(({ role }) => role === 'worker').length;
  context.out.note(
    `note: no supervisor runs in ${context.home}, so ` +
      `${workers === 1 ? 'its worker is' : `its ${workers} workers are`} told directly`,
  );
  for (const role of order) {
    const told = findProcesses(context.home).filter((one) => one.role === role);
    const identities = told.flatMap(({ pid }) => identify(pid) ?? []);
    for (const identity of identities) signalProcess(identity, role === 'worker' ? signal : 'SIGTERM');
    await untilAllGone(context, told, identities, role === 'worker' ? withinMs : restMs);
  }
}

/** Starts a worker for each of these servers that has none. Resolves once each is there, or after 30 s. */
async function giveWorkers({ home, env, clock, signal }: Context, servers: readonly string[]): Promise<void> {
  const withoutWorker = (): string[] => {
    const known = new Set(findProcesses(home).flatMap(({ role, serverId }) => (role === 'worker' ? [serverId] : [])));
    return servers.filter((serverId) => !known.has(serverId));
  };
  for (const serverId of withoutWorker()) {
    const options = { cwd: home, detached: true, stdio: 'ignore', env: { ...env, PINKY_HOME: home } } as const;
    spawn(process.execPath, [installedPrograms().worker, serverId, titlePadding], options).unref();
  }
  const giveUpAt = clock.now() + adoptMs;
  while (withoutWorker().length > 0 && clock.now() < giveUpAt) await clock.sleep(lookAgainMs, signal);
}

async function untilAllGone(
  { clock, signal }: Context,
  told: readonly FoundProcess[],
  identities: readonly ProcessIdentity[],
  withinMs: number,
): Promise<void> {
  const giveUpAt = clock.now() + withinMs;
  for (;;) {
    const left = new Set(identities.filter(isAlive).map(({ pid }) => pid));
    if (left.size === 0) return;
    if (clock.now() > giveUpAt) {
      const names = told.filter(({ pid }) => left.has(pid)).map(({ pid, title }) => `${title} (pid ${pid})`);
      const afterS = Math.round(withinMs / 1_000);
      throw new PinkyError('deadline_exceeded', `still there after ${afterS} s: ${names.join(', ')}`);
    }
    await clock.sleep(lookAgainMs, signal);
  }
}
