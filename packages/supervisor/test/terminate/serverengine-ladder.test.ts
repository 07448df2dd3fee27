import { replay, vectors } from '../vectors/replay';

const simulated = vectors.B_heartbeat.filter((c) => c.id.startsWith('heartbeat-sim-'));

describe('the ladder, tick by tick as ServerEngine climbs it', () => {
  // docs/decisions.md: an immediate stop during a graceful one acts at once, not at the next graceful signal's time.
  const asRecorded = vectors.A_kill_ladder.filter((c) => c.quirk === undefined);

  it.each(asRecorded.map((c) => [c.id, c.title, c] as const))('%s: %s', (_id, _title, c) => {
    expect(replay(c, false)).toEqual(c.expect);
  });

  it.each(simulated.map((c) => [c.id, c.title, c] as const))('%s: %s', (_id, _title, c) => {
    expect(replay(c, true)).toEqual(c.expect);
  });

  it('sends QUIT at once when an immediate stop is asked during a graceful one, and starts counting anew', () => {
    const later = vectors.A_kill_ladder.find((c) => c.id === 'ladder-19')!;
    const { signals } = replay(later, false);
    expect(signals.slice(0, 4)).toEqual([{ t: 0, signal: 'TERM' }, { t: 5, signal: 'QUIT' }, { t: 15, signal: 'QUIT' }, { t: 35, signal: 'QUIT' }]);
  });
});
