import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askGracefully, askImmediately, beat, tick, watched } from '../../src/terminate/escalation';
import type { LadderOptions } from '../../src/terminate/ladder';

export interface LadderCase {
  readonly id: string;
  readonly title: string;
  readonly quirk?: string;
  readonly options: Record<string, number | string | boolean>;
  readonly tick: number;
  readonly first_tick?: number;
  readonly until: number;
  readonly tick_gaps?: readonly (readonly [number, number])[];
  readonly heartbeats: null | { readonly at?: readonly number[]; readonly every?: number; readonly from?: number; readonly last?: number };
  readonly actions: readonly { readonly t: number; readonly do: 'graceful_stop' | 'immediate_stop' }[];
  readonly child_gone_at?: number;
  readonly expect: { readonly signals: readonly { readonly t: number; readonly signal: string }[]; readonly monitor_ended_at: number | null };
}

export const vectors: { A_kill_ladder: LadderCase[]; B_heartbeat: LadderCase[] } =
  JSON.parse(readFileSync(join(__dirname, 'serverengine.json'), 'utf8'));

const ms = (seconds: number): number => Math.round(seconds * 1000);

/** Replays a case as the vectors' README says; `readsAtTicks` for heartbeats that are bytes in a pipe. */
export function replay(c: LadderCase, readsAtTicks: boolean): LadderCase['expect'] {
  const options = ladderOf(c.options);
  const beats = beatTimes(c);
  const actions = c.actions.map((a) => ({ at: ms(a.t), do: a.do }));
  let at = watched(0);
  const signals: { t: number; signal: string }[] = [];
  for (let now = ms(c.first_tick ?? 0); now <= ms(c.until); now += ms(c.tick)) {
    if ((c.tick_gaps ?? []).some(([from, to]) => now >= ms(from) && now < ms(to))) continue;
    while ((beats[0] ?? Infinity) <= now) {
      const time = beats.shift()!;
      at = beat(at, readsAtTicks ? now : time);
    }
    while ((actions[0]?.at ?? Infinity) <= now) {
      const action = actions.shift()!;
      at = action.do === 'graceful_stop' ? askGracefully(at, action.at) : askImmediately(at, action.at);
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
  return {
    gracefulSignal: `SIG${String(o['graceful_kill_signal'])}` as NodeJS.Signals,
    immediateSignal: `SIG${String(o['immediate_kill_signal'])}` as NodeJS.Signals,
    gracefulKillIntervalMs: time('graceful_kill_interval'), gracefulKillIntervalIncrementMs: ms(Number(o['graceful_kill_interval_increment'])),
    gracefulKillTimeoutMs: time('graceful_kill_timeout'), immediateKillIntervalMs: time('immediate_kill_interval'),
    immediateKillIntervalIncrementMs: ms(Number(o['immediate_kill_interval_increment'])), immediateKillTimeoutMs: time('immediate_kill_timeout'),
    ...(o['enable_heartbeat'] === true && { heartbeatTimeoutMs: ms(Number(o['heartbeat_timeout'])) }),
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
