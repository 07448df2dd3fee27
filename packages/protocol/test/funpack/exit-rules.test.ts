import { exitRuleFor, exitRulesFrom, exitRulesOf } from '../../src/funpack/exit-rules.js';

describe('the rules about exits', () => {
  it('are read from what an operator writes', () => {
    expect(exitRulesFrom('stop')).toEqual([{ then: 'stop' }]);
    expect(exitRulesFrom('3=stop, 0+announced=restart,unannounced=stop,restart')).toEqual([
      { code: 3, then: 'stop' },
      { code: 0, announced: true, then: 'restart' },
      { announced: false, then: 'stop' },
      { then: 'restart' },
    ]);
  });

  const wrong = ['', 'go', '3', '3=go', 'stop,', '1000=stop', 'announced+unannounced=stop', '3+4=stop'];
  it.each(wrong)('refuse %j', (text) => {
    expect(exitRulesFrom(text)).toBeUndefined();
  });

  it('go from the first to the last, and a game that a signal has ended has no code', () => {
    const rules = [{ code: [1, 2], then: 'stop' }, { code: 0, announced: true, then: 'restart' }] as const;
    expect(exitRuleFor(rules, { code: 2, isAnnounced: false })?.then).toBe('stop');
    expect(exitRuleFor(rules, { code: 0, isAnnounced: true })?.then).toBe('restart');
    expect(exitRuleFor(rules, { code: 0, isAnnounced: false })).toBeUndefined();
    expect(exitRuleFor(rules, { isAnnounced: true })).toBeUndefined();
    expect(exitRuleFor(exitRulesOf('stop'), { isAnnounced: false })?.then).toBe('stop');
    expect(exitRulesOf(undefined)).toEqual([]);
  });
});
