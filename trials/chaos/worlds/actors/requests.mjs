import { archivesIn } from '../verdicts/archives.mjs';
import { hasOption } from '../world-setup.mjs';

/** Actions after which a server may be down. */
const ends = new Set(['stop', 'restart', 'restore']);

/** Asks for backups, stops, starts and whatever else moves worlds, and hands the answers to the judge. */
export class Requests {
  /** How often each action was asked for. */
  counts = new Map();
  /** The servers that something in hand may take down. */
  endings = new Set();

  constructor(parts) {
    const { commands, judge, promises, plan, inHand, reader, isUp, has } = parts;
    Object.assign(this, { commands, judge, promises, plan, inHand, reader, isUp, has });
  }

  /** Asks one thing after the other of a server. */
  async some(serverId, count) {
    for (let number = 0; number < count; number++) {
      const action = this.plan.action(this.isUp(serverId) ? 'up' : 'down', this.has);
      this.inHand.set(serverId, action);
      if (ends.has(action)) this.endings.add(serverId);
      this.counts.set(action, (this.counts.get(action) ?? 0) + 1);
      const { promised, leastPresent } = this.promises.of(serverId);
      const answer = await this.#ask(action, serverId);
      this.inHand.delete(serverId);
      if (!answer) return;
      await this.#judge(action, serverId, answer, { promised, leastPresent });
      if (answer.result) this.endings.delete(serverId);
    }
  }

  async #judge(action, serverId, answer, { promised, leastPresent }) {
    if (action === 'verify') this.judge.verified(serverId, answer);
    else if (action === 'restore' && answer.result) this.judge.restored(serverId, answer.result, leastPresent);
    else if (answer.result) await this.judge.answered(serverId, action, answer.result, promised);
  }

  #ask(action, serverId) {
    if (action === 'start from an older backup') {
      return this.#older(serverId, ({ path }) => ['start', { serverId, world: path }]);
    }
    if (action === 'restore') {
      return this.#older(serverId, ({ seconds }) => ['restore', { serverId, which: seconds }]);
    }
    return this.commands.ask(action, { serverId });
  }

  /** Goes back to a backup that is not the newest. While it is not answered, its generation may come back. */
  async #older(serverId, commandOf) {
    const archives = archivesIn(this.judge.backupsOf(serverId));
    const chosen = archives.at(1) ?? archives.at(0);
    const world = chosen && await this.reader.read(chosen);
    if (world?.kind !== 'whole' || !(await this.#mayReplace(serverId, archives[0]))) {
      return this.commands.ask('start', { serverId });
    }
    const over = this.promises.restoring(serverId, world.generation);
    const answer = await this.commands.ask(...commandOf(chosen));
    if (answer) over();
    return answer;
  }

  /** A version that parks no worlds replaces a world that no backup holds, if it is told to. */
  async #mayReplace(serverId, newest) {
    if (hasOption('parked.keep_for')) return true;
    const world = await this.reader.read(newest);
    return world?.kind === 'whole' && world.generation >= this.promises.of(serverId).promised;
  }
}
