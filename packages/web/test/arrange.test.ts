import type { Server } from '../src/api/types.js';
import { arranged, needsAttention } from '../src/list/arrange.js';

const server = (serverId: string, state: string, more: Partial<Server> = {}): Server => ({
  serverId,
  state,
  game: 'luanti',
  wanted: state === 'down' ? 'down' : 'up',
  players: [],
  restarts: 0,
  isBackingUp: false,
  ...more,
});

const servers = [
  server('b10', 'up'),
  server('b2', 'up', { players: ['Ann'] }),
  server('down', 'down'),
  server('gone', 'down', { wanted: 'up' }),
  server('fell', 'failed'),
  server('boots', 'starting'),
];
const ids = (...terms: [Parameters<typeof arranged>[1], string]): string[] =>
  arranged(servers, ...terms).map(({ serverId }) => serverId);

it('shows what needs somebody first, and then by state and name', () => {
  expect(ids('all', '')).toEqual(['fell', 'gone', 'boots', 'b2', 'b10', 'down']);
});

it('filters by state, and finds by name, game and player', () => {
  expect(ids('up', '')).toEqual(['b2', 'b10']);
  expect(ids('down', '')).toEqual(['gone', 'down']);
  expect(ids('attention', '')).toEqual(['fell', 'gone']);
  expect(ids('all', ' ann ')).toEqual(['b2']);
  expect(ids('all', 'LUANTI')).toHaveLength(servers.length);
});

it('takes a server that is down against its wish for one that needs somebody', () => {
  expect(servers.filter(needsAttention).map(({ serverId }) => serverId)).toEqual(['gone', 'fell']);
});
