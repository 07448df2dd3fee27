import type { LadderOptions } from '@pinky/supervisor';
import type { EffectiveConfig } from './server-config.js';

/** Milliseconds of a configuration's seconds. -1 stays -1. */
export const toMs = (seconds: number): number => (seconds < 0 ? -1 : Math.round(seconds * 1000));

/** A configuration's ladder for its server or its workers. */
export function ladderFrom(config: EffectiveConfig, prefix: 'server' | 'worker', hasHeartbeat: boolean): LadderOptions {
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

/** The workers' ladders of the latest configuration. Made once for all workers. */
export class WorkerLadders {
  #of: EffectiveConfig | undefined;
  #made: { readonly beating: LadderOptions; readonly silent: LadderOptions } | undefined;

  get(config: EffectiveConfig, hasHeartbeat: boolean): LadderOptions {
    if (!this.#made || this.#of !== config) {
      this.#made = { beating: ladderFrom(config, 'worker', true), silent: ladderFrom(config, 'worker', false) };
    }
    this.#of = config;
    return hasHeartbeat ? this.#made.beating : this.#made.silent;
  }
}
