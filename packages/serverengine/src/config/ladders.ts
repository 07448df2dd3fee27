import type { LadderOptions } from '@pinky/supervisor';
import type { Effective } from './server-config.js';

/** Configurations speak in seconds, programs in milliseconds; -1 stays -1. */
export const toMs = (seconds: number): number => (seconds < 0 ? -1 : Math.round(seconds * 1000));

/** The ladder that a configuration sets for its server or its workers. */
export function ladderFrom(config: Effective, prefix: 'server' | 'worker', hasHeartbeat: boolean): LadderOptions {
  const ms = (name: string): number => toMs(Number(config[`${prefix}${name}`]));
  return {
    gracefulSignal: 'SIGTERM',
    immediateSignal: 'SIGQUIT',
    gracefulKillIntervalMs: ms('GracefulKillInterval'),
    gracefulKillIntervalIncrementMs: ms('GracefulKillIntervalIncrement'),
    gracefulKillTimeoutMs: ms('GracefulKillTimeout'),
    immediateKillIntervalMs: ms('ImmediateKillInterval'),
    immediateKillIntervalIncrementMs: ms('ImmediateKillIntervalIncrement'),
    immediateKillTimeoutMs: ms('ImmediateKillTimeout'),
    ...(hasHeartbeat && { heartbeatTimeoutMs: ms('HeartbeatTimeout') }),
  };
}

/** Ladders of one configuration after the other: made once for all workers, not for each. */
export class WorkerLadders {
  #of: Effective | undefined;
  #made: { readonly beating: LadderOptions; readonly silent: LadderOptions } | undefined;

  get(config: Effective, hasHeartbeat: boolean): LadderOptions {
    if (!this.#made || this.#of !== config) {
      this.#made = { beating: ladderFrom(config, 'worker', true), silent: ladderFrom(config, 'worker', false) };
    }
    this.#of = config;
    return hasHeartbeat ? this.#made.beating : this.#made.silent;
  }
}
