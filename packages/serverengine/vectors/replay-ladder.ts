import { askGracefully, askImmediately, beat, type LadderOptions, tick, watched } from '@pinky/supervisor';
import { compare, decided, type ReplayResult, type VectorCase } from './replay.js';

/** A case of kind A, or a simulated one of kind B. Times are in seconds. */
export interface LadderCase extends VectorCase {
  readonly options: Readonly<Record<string, number | string | boolean>>;
  readonly tick: number;
  readonly first_tick?: number;
  readonly until: number;
  readonly tick_gaps?: readonly (readonly [number, number])[];
  readonly heartbeats: null | {
    readonly at?: readonly number[];
    readonly every?: number;
    readonly from?: number;
    readonly last?: number;
  };
  readonly actions: readonly { readonly t: number; readonly do: 'graceful_stop' | 'immediate_stop' }[];
  readonly child_gone_at?: number;
  readonly expect: LadderOutcome;
}

interface LadderOutcome {
  readonly signals: readonly { readonly t: number; readonly signal: string }[];
  readonly monitor_ended_at: number | null;
}

const ms = (seconds: number): number => Math.round(seconds * 1000);

/** Climbs our ladder as the README of the records says. `readsAtTicks`: heartbeats are bytes in a pipe. */
export function climb(c: LadderCase, readsAtTicks: boolean): LadderOutcome {
  const options = ladderOf(c.options);
  const beats = beatTimes(c);
  const actions = c.actions.map((action) => ({ at: ms(action.t), do: action.do }));
  let at = watched(0);
  const signals: { t: number; signal: string }[] = [];
  for (let now = ms(c.first_tick ?? 0); now <= ms(c.until); now += ms(c.tick)) {
    if ((c.tick_gaps ?? []).some(([from, to]) => now >= ms(from) && now < ms(to))) continue;
    for (let time = beats[0]; time !== undefined && time <= now; time = beats[0]) {
      at = beat(at, readsAtTicks ? now : time);
      beats.shift();
    }
    for (let action = actions[0]; action && action.at <= now; action = actions[0]) {
      at = action.do === 'graceful_stop' ? askGracefully(at, action.at) : askImmediately(at, action.at);
      actions.shift();
    }
    const decision = tick(at, now, options);
    at = decision.next;
    if (decision.signal === undefined) continue;
    if (now >= ms(c.child_gone_at ?? Infinity)) return { signals, monitor_ended_at: now / 1000 };
    signals.push({ t: now / 1000, signal: decision.signal.slice(3) });
  }
  return { signals, monitor_ended_at: null };
}

function ladderOf(o: LadderCase['options']): LadderOptions {
  const time = (name: string): number => (Number(o[name]) < 0 ? -1 : ms(Number(o[name])));
  // The casts hold: the records have signals without SIG.
  return {
    gracefulSignal: `SIG${String(o['graceful_kill_signal'])}` as NodeJS.Signals,
    immediateSignal: `SIG${String(o['immediate_kill_signal'])}` as NodeJS.Signals,
    gracefulKillIntervalMs: time('graceful_kill_interval'),
    gracefulKillIntervalIncrementMs: ms(Number(o['graceful_kill_interval_increment'])),
    gracefulKillTimeoutMs: time('graceful_kill_timeout'),
    immediateKillIntervalMs: time('immediate_kill_interval'),
    immediateKillIntervalIncrementMs: ms(Number(o['immediate_kill_interval_increment'])),
    immediateKillTimeoutMs: time('immediate_kill_timeout'),
    ...(o['enable_heartbeat'] === true && { heartbeatTimeoutMs: time('heartbeat_timeout') }),
  };
}

function beatTimes({ heartbeats, until }: LadderCase): number[] {
  if (!heartbeats) return [];
  if (heartbeats.at) return heartbeats.at.map(ms);
  const every = heartbeats.every ?? 1;
  const times: number[] = [];
  for (let t = ms(heartbeats.from ?? every); t <= ms(heartbeats.last ?? until); t += ms(every)) times.push(t);
  return times;
}

/** The time of an immediate stop that is asked for during a graceful one. */
function immediateDuringGraceful({ actions }: LadderCase): number | undefined {
  const graceful = actions.find((action) => action.do === 'graceful_stop');
  return graceful && actions.find((action) => action.do === 'immediate_stop' && action.t > graceful.t)?.t;
}

/** The decision for this case, if it differs from the record. It is a rule over the case's own fields. */
function decision(
  c: LadderCase,
  readsAtTicks: boolean,
): { readonly expect: LadderOutcome; readonly reason: string } | undefined {
  if (c.options['enable_heartbeat'] === true && Number(c.options['heartbeat_timeout']) < 0) {
    return {
      expect: climb({ ...c, options: { ...c.options, enable_heartbeat: false } }, readsAtTicks),
      reason: 'a heartbeat timeout of -1 means never, as with the other two timeouts',
    };
  }
  const at = immediateDuringGraceful(c);
  if (at === undefined) return undefined;
  // As if nothing had been asked before. The part before is as recorded.
  const alone = climb({ ...c, actions: c.actions.filter((action) => action.do === 'immediate_stop') }, readsAtTicks);
  const before = c.expect.signals.filter(({ t }) => t < at);
  return {
    expect: {
      signals: [...before, ...alone.signals.filter(({ t }) => t >= at)],
      monitor_ended_at: alone.monitor_ended_at,
    },
    reason: 'an immediate stop during a graceful one acts at once and counts anew',
  };
}

export function replayLadder(vector: VectorCase): ReplayResult {
  // The cast holds by the README of the records.
  const c = vector as LadderCase;
  const readsAtTicks = c.id.startsWith('heartbeat-sim');
  const ours = climb(c, readsAtTicks);
  const result = compare(ours, c.expect);
  const other = result.status === 'passed' ? undefined : decision(c, readsAtTicks);
  return other ? decided(ours, other.expect, other.reason) : result;
}
