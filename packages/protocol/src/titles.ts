import type { ServerState } from './state/lifecycle.js';

/**
 * Linux keeps a process title in the space of the original command line. Children are started with this argument, so
 * that every title below fits.
 */
export const titlePadding = '-'.repeat(160);

const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** The titles are the interface for `ps`. */
export const titles = {
  supervisor: (box: string, servers: number) => `pinky: supervisor [box ${box}] ${plural(servers, 'server')}`,
  queue: (box: string) => `pinky: queue [box ${box}] pinky-${box}`,
  api: (box: string, address: string) => `pinky: api [box ${box}] ${address}`,
  webhooks: (box: string) => `pinky: webhooks [box ${box}]`,
  runner: (task: string, serverId: string) => `pinky: funpack-runner ${task} ${serverId}`,
  worker: (w: {
    serverId: string;
    game: string;
    state: ServerState;
    isBackingUp: boolean;
    port: number | undefined;
    players: number;
  }) => {
    const state = w.isBackingUp ? 'backing up' : w.state;
    const players = w.state === 'up' && !w.isBackingUp ? ` ${plural(w.players, 'player')}` : '';
    const game = w.game === '' ? '' : ` [${w.game}]`; // a worker without a server has none
    return `pinky: worker ${w.serverId}${game} ${state}${w.port === undefined ? '' : ` :${w.port}`}${players}`;
  },
};
