import { nextPhase, phases, phaseTable, shutdownModes } from '../../src/supervise/phases';

describe('the phases of a supervisor', () => {
  const pairs = phases.flatMap((phase) => shutdownModes.map((mode) => [phase, mode] as const));

  it.each(pairs)('decides %s × %s', (phase, mode) => {
    expect(phaseTable[phase][mode]).toBeDefined();
  });

  it.each(pairs)('never goes back to a gentler way: %s × %s', (phase, mode) => {
    const next = nextPhase(phase, mode);
    if (next) expect(phases.indexOf(next)).toBeGreaterThan(phases.indexOf(phase));
  });
});
