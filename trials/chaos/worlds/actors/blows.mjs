import { setTimeout as sleep } from 'node:timers/promises';
import { lookFor } from '@pinky/protocol/testing';
import { commandOf, identityOf, pids, signal, statOf } from '../../../processes.mjs';

/** How long a runner that is to be killed may take to appear, milliseconds. */
const appearMs = 1_500;

/** The funpack-runners of a box: children of its workers or of its supervisor. */
export function runnersOf(box) {
  const parents = new Set(box.processes().filter(({ role }) => role !== 'redis').map(({ pid }) => pid));
  return pids().flatMap((pid) => {
    const command = commandOf(pid);
    const task = /^pinky: funpack-runner (\w+)|funpack-runner\/dist\/main/.exec(command);
    const identity = task && parents.has(statOf(pid)?.parent) && identityOf(pid);
    return identity ? [{ identity, task: task[1] ?? 'a task', command }] : [];
  });
}

/** Deals the blows: `kill -9` of processes of the box, never of a game. */
export class Blows {
  /** How often each victim was hit, and how often in the middle of what: `victim, in the middle of`. */
  hits = new Map();
  made = 0;
  missed = 0;

  constructor({ box, serverIds, timeline, inHand }) {
    Object.assign(this, { box, serverIds, timeline, inHand });
  }

  /** Resolves with the servers that the blow may have touched; none if there was nobody to hit. */
  async deal({ victim, server, delayMs }) {
    const serverId = this.serverIds[server];
    const hit = victim === 'runner'
      ? await this.#killRunner(delayMs)
      : this.#kill(victim, serverId);
    if (hit.length === 0) {
      this.missed++;
      return [];
    }
    this.made++;
    for (const middle of hit) this.#count(victim, middle);
    this.timeline.say(`kill -9 ${victim}${victim === 'worker' ? ` of ${serverId}` : ''} (${hit.join(', ')})`);
    return victim === 'worker' ? [serverId] : this.serverIds;
  }

  #count(victim, middle) {
    const key = `${victim}, ${middle}`;
    this.hits.set(key, (this.hits.get(key) ?? 0) + 1);
  }

  async #killRunner(delayMs) {
    let found = await lookFor(() => runnersOf(this.box).at(-1), { timeoutMs: appearMs, everyMs: 15 });
    if (!found) return [];
    await sleep(delayMs);
    const living = runnersOf(this.box);
    found = living.find(({ identity }) => identity === found.identity) ?? living.at(-1);
    return found && signal(found.identity, 'SIGKILL') ? [found.task] : [];
  }

  #kill(victim, serverId) {
    const all = this.box.processes().filter(({ role }) => role !== 'redis');
    const isMeant = {
      worker: (one) => one.role === 'worker' && one.serverId === serverId,
      supervisor: ({ role }) => role === 'supervisor',
      queue: ({ role }) => role === 'queue',
      'everything of Pinky': () => true,
    }[victim];
    const runners = victim === 'everything of Pinky' ? runnersOf(this.box) : [];
    const killed = [...all.filter(isMeant), ...runners].filter(({ identity }) => signal(identity, 'SIGKILL'));
    if (killed.length === 0) return [];
    const inHand = victim === 'worker' ? [this.inHand.get(serverId)] : [...this.inHand.values()];
    const middles = inHand.filter(Boolean);
    return middles.length > 0 ? middles : ['nothing in hand'];
  }
}
