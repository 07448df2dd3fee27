import { gameHasEnded, Noted } from '../../src/run/noted.js';

describe('the notes of the worker before', () => {
  it('say who has gone with the game, and not who went by a list and may have come again', () => {
    const at = { ts: '2026-01-01T00:00:00Z', at: 0 };
    const noted = new Noted([
      { ...at, type: 'player_disconnected', user: 'ann', because: 'players_list' },
      { ...at, type: 'player_connected', user: 'ann', because: 'players_list' },
      { ...at, type: 'player_disconnected', user: 'bob', because: gameHasEnded },
    ]);
    expect(['ann', 'bob'].map((name) => noted.hasLeft(name))).toEqual([false, true]);
  });
});
