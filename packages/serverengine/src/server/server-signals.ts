import type { SignalTable } from '@pinky/supervisor';
import type { DumpOnCont } from '../process/dump-on-cont.js';
import type { Server } from './server.js';

/** Calls a hook of the server's module by its name. */
export type CallHook = (hook: string, call: () => void | Promise<void>) => void;

/** The request that each signal makes to a server. */
export function serverSignals(server: Server, callHook: CallHook, dump: DumpOnCont): SignalTable {
  const stop = (isGraceful: boolean) => () => callHook('stop', () => server.stop(isGraceful));
  const restart = (isGraceful: boolean) => () => callHook('restart', () => server.restart(isGraceful));
  return {
    SIGTERM: stop(true),
    SIGINT: stop(true),
    SIGQUIT: stop(false),
    SIGUSR1: restart(true),
    SIGHUP: restart(false),
    SIGUSR2: () => callHook('reload', () => server.reload()),
    SIGCONT: () => dump.signalled(() => server.dump()),
  };
}
