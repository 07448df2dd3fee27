import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { visitsIn } from '../../src/players/visits';
import { ApiHome, statusOf } from '../support/api-home';

const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 12, minute)).toISOString();
const event = (minute: number, type: string, user?: string, more = {}) =>
  ({ type, ts: at(minute), id: `s1:1:${minute}`, user, ...more });

it('begin and end with what players do, with a new name, and with the game', () => {
  expect(visitsIn([
    event(0, 'player_disconnected', 'earlier'),
    event(1, 'player_connected', 'ann'),
    event(2, 'player_connected', 'bo'),
    event(3, 'player_renamed', 'bob', { old_user: 'bo' }),
    event(4, 'player_disconnected', 'ann'),
    event(5, 'crashed'),
    event(6, 'player_connected', 'ann'),
  ])).toEqual([
    { user: 'earlier', leftAt: at(0) },
    { user: 'ann', cameAt: at(1), leftAt: at(4) },
    { user: 'bob', cameAt: at(2), leftAt: at(5) },
    { user: 'ann', cameAt: at(6) },
  ]);
});

it('are shown from a time on, the newest first, beside those who are connected', async () => {
  const home = new ApiHome();
  home.define('s1');
  home.statuses = [statusOf('s1', { players: ['cy'] })];
  mkdirSync(home.paths.events);
  const line = (server: string, ...terms: Parameters<typeof event>): string => {
    const { id: _id, ...fields } = event(...terms);
    return `${JSON.stringify({ ...fields, server_id: server }).slice(0, -1)},"id":"${server}:1:${terms[0]}"}\n`;
  };
  appendFileSync(join(home.paths.events, '000000000001.jsonl'), [
    line('s1', 1, 'player_connected', 'ann'), line('s1', 2, 'player_disconnected', 'ann'),
    line('s2', 3, 'player_connected', 'not ours'), line('s1', 4, 'player_connected', 'bo'),
    line('s1', 5, 'player_disconnected', 'bo'), line('s1', 6, 'player_connected', 'cy'),
  ].join(''));
  await home.start();
  try {
    const token = home.token();
    const players = async (query: string) => (await home.call('GET', `/v1/servers/s1/players${query}`, { token })).json;
    expect(await players('')).toEqual({ players: ['cy'] });
    expect(await players(`?since=${at(3)}`)).toEqual({
      players: ['cy'],
      visits: [{ user: 'cy', cameAt: at(6) }, { user: 'bo', cameAt: at(4), leftAt: at(5) }],
    });
  } finally {
    await home.end();
  }
});
