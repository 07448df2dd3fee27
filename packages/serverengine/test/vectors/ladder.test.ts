import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { climb, replayLadder, type LadderCase } from '../../vectors/replay-ladder';

const vectors: { A_kill_ladder: LadderCase[]; B_heartbeat: LadderCase[] } = JSON.parse(
  readFileSync(join(__dirname, '../vectors/serverengine.json'), 'utf8'),
);
const simulated = [...vectors.A_kill_ladder, ...vectors.B_heartbeat.filter((c) => c.id.startsWith('heartbeat-sim-'))];

describe('the ladder, tick by tick, as ServerEngine climbs it', () => {
  it.each(simulated.map((c) => [c.id, c.title, c] as const))('%s: %s', (_id, _title, c) => {
    expect(replayLadder(c)).not.toHaveProperty('status', 'failed');
  });

  it('is as recorded, except where a decision says otherwise', () => {
    expect(simulated.filter((c) => replayLadder(c).status === 'differs').every((c) => c.quirk !== undefined)).toBe(
      true,
    );
  });

  it('sends QUIT at once at an immediate stop during a graceful one, and counts from the start again', () => {
    const later = vectors.A_kill_ladder.find((c) => c.id === 'ladder-19')!;
    expect(climb(later, false).signals.slice(0, 4)).toEqual([
      { t: 0, signal: 'TERM' },
      { t: 5, signal: 'QUIT' },
      { t: 15, signal: 'QUIT' },
      { t: 35, signal: 'QUIT' },
    ]);
  });
});
