import type { CpuUse, QuerySign } from '@pinky/protocol';
import { cpuUseOf, signsInWords, verdictOf, type HangRules, type HangVerdict } from '../../src/hang/hang-verdict.js';

const queries: readonly QuerySign[] = ['answers', 'missed', 'unknown'];
const uses: readonly CpuUse[] = ['still', 'usual', 'spinning', 'unknown'];

/** The verdicts by the query's sign, for each use of the processor in the order of `uses`. */
type Table = Readonly<Record<QuerySign, readonly HangVerdict[]>>;

const all = (verdict: HangVerdict): HangVerdict[] => uses.map(() => verdict);

describe('a game that is judged by its signs', () => {
  const judged = (silentMs: number, rules: HangRules): Table =>
    Object.fromEntries(queries.map((query) => [
      query,
      uses.map((cpu) => verdictOf({ silentMs, query, cpu }, rules)),
    ])) as unknown as Table; // every key of it comes from `queries`

  it('lives while it speaks, whatever else it does', () => {
    const lives: Table = { answers: all('lives'), missed: all('lives'), unknown: all('lives') };
    expect(judged(179_999, { aloneMs: undefined, jointMs: 180_000 })).toEqual(lives);
    expect(judged(9_999, { aloneMs: 10_000, jointMs: 180_000 })).toEqual(lives);
  });

  it('hangs by three signs, is doubtful by two, and never hangs by one', () => {
    expect(judged(180_000, { aloneMs: undefined, jointMs: 180_000 })).toEqual({
      answers: all('lives'),
      missed: ['hung', 'doubtful', 'hung', 'doubtful'],
      unknown: ['lives', 'lives', 'doubtful', 'lives'],
    });
  });

  it('is too silent where silence alone is enough, unless it answers by its own protocol', () => {
    const expected: Table = { answers: all('lives'), missed: all('silent'), unknown: all('silent') };
    expect(judged(10_000, { aloneMs: 10_000, jointMs: 180_000 })).toEqual(expected);
    expect(judged(500_000, { aloneMs: 10_000, jointMs: 180_000 })).toEqual(expected);
  });

  it('may hang before its silence alone is enough', () => {
    const { missed } = judged(20_000, { aloneMs: 600_000, jointMs: 20_000 });
    expect(missed).toEqual(['hung', 'doubtful', 'hung', 'doubtful']);
  });
});

describe('the use of the processor', () => {
  it.each<[number | undefined, number, CpuUse]>([
    [undefined, 1, 'unknown'],
    [0, 1, 'still'],
    [0.009, 1, 'still'],
    [0.01, 1, 'usual'],
    [0.89, 1, 'usual'],
    [0.9, 1, 'spinning'],
    [1, 1, 'spinning'],
    [1, 4, 'spinning'], // four processors may be used, and one of them is
    [0.44, 0.5, 'usual'],
    [0.45, 0.5, 'spinning'], // no more is allowed
  ])('of %p, where %p is the most, counts as %p', (share, mostShare, use) => {
    expect(cpuUseOf(share, mostShare)).toBe(use);
  });
});

describe('the signs in words', () => {
  it('name only what is known', () => {
    expect(signsInWords({ silentMs: 180_040, query: 'missed', cpu: 'spinning' })).toBe(
      'has been silent for 180 s, answers no query and uses a whole processor',
    );
    expect(signsInWords({ silentMs: 1_500, query: 'unknown', cpu: 'unknown' })).toBe('has been silent for 1.5 s');
    expect(signsInWords({ silentMs: 60_000, query: 'answers', cpu: 'still' })).toBe(
      'has been silent for 60 s, answers its queries and uses no processor',
    );
  });
});
