import { exitRuleFor, exitRulesFrom, exitRulesOf } from '../../src/funpack/exit-rules.js';

describe('the rules about exits', () => {
  it('are read from what an operator writes', () => {
    expect(exitRulesFrom('stop')).toEqual([{ do: 'stop' }]);
    expect(exitRulesFrom('3=stop, 0+announced=restart,unannounced=stop,restart')).toEqual([
      { code: 3, do: 'stop' },
      { code: 0, announced: true, do: 'restart' },
      { announced: false, do: 'stop' },
      { do: 'restart' },
    ]);
  });

  const wrong = ['', 'go', '3', '3=go', 'stop,', '256=stop', '1000=stop', 'announced+unannounced=stop', '3+4=stop'];
  it.each(wrong)('refuse %j', (text) => {
    expect(exitRulesFrom(text)).toBeUndefined();
  });

  it('go from the first to the last, and a game that a signal has ended has no code', () => {
    const rules = [{ code: [1, 2], do: 'stop' }, { code: 0, announced: true, do: 'restart' }] as const;
    expect(exitRuleFor(rules, { code: 2, isAnnounced: false })?.do).toBe('stop');
    expect(exitRuleFor(rules, { code: 0, isAnnounced: true })?.do).toBe('restart');
    expect(exitRuleFor(rules, { code: 0, isAnnounced: false })).toBeUndefined();
    expect(exitRuleFor(rules, { isAnnounced: true })).toBeUndefined();
    expect(exitRuleFor(exitRulesOf('stop'), { isAnnounced: false })?.do).toBe('stop');
    expect(exitRulesOf(undefined)).toEqual([]);
  });
});
