import type { BoxConfig } from '@pinky/protocol';
import type { BoxChildren } from '../children/box-children.js';
import { isBeside } from '../children/child-names.js';
import { ladders } from '../children/ladders.js';
import type { ReportSources } from '../systemd/service-report.js';
import { neglectedChild } from '../systemd/watchdog.js';
import type { Phase } from './phases.js';

/** Tells systemd about a box, for example `box 1 is running: 3 servers, 2 up, 7 players`. */
export function boxReport(children: BoxChildren, config: () => BoxConfig, phase: () => Phase): ReportSources {
  return {
    status: () => {
      const workers = children.workers();
      const statuses = workers.flatMap((view) => children.statusOf(view) ?? []);
      const players = statuses.reduce((sum, status) => sum + status.players.length, 0);
      const up = statuses.filter((status) => status.state === 'up').length;
      return `box ${config().box} is ${phase()}: ${counted(workers.length, 'server')}, ${up} up, ` +
        `${counted(players, 'player')}`;
    },
    // Neither a hung API nor hung webhooks are a reason to start the box again.
    trouble: () =>
      neglectedChild(children.tree.views().filter(({ name }) => !isBeside(name)), ladders(config()).hung),
  };
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
