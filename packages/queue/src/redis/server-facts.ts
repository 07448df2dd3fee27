import { unusable } from './trouble.js';

/** The facts that a server tells of itself in INFO. */
export type ServerFacts = ReadonlyMap<string, string>;

export const factsOf = (info: string): ServerFacts =>
  new Map(info.split(/\r?\n/).flatMap((line) => {
    const [, name, value] = /^([a-z_0-9]+):(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  }));

/** Throws where the server cannot serve a box at all: `redis_unsuitable` in cluster mode, `redis_unavailable` else. */
export function assertUsable(facts: ServerFacts): void {
  if (facts.get('redis_mode') === 'sentinel') {
    throw unusable('sentinel', 'this is a Sentinel: it knows where a Redis is, and keeps nothing itself');
  }
  if (facts.get('cluster_enabled') === '1') {
    throw unusable('cluster', 'Redis runs in cluster mode, in which no script may use keys of several slots');
  }
  if (facts.get('role') === 'slave') {
    const master = `${facts.get('master_host')}:${facts.get('master_port')}`;
    throw unusable('replica', `this Redis is a replica (of ${master}), and a replica takes no writes`);
  }
}
