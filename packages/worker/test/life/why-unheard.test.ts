import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

describe('a start that takes too long', () => {
  const dir = tempDir();
  const rule = { pattern: '^Done \\(.*\\)!', event: 'started' };

  /** A game that prints these lines and nothing more. */
  async function late(manifest: object, ...lines: readonly string[]) {
    const bench = new LifeBench(dir(), { startTimeoutMs: 4_000, console: [rule], ...manifest });
    bench.machine.habits = [{ start: 'loading' }];
    const answer = bench.command('start');
    await turns();
    bench.machine.game.print(...lines);
    await bench.pass(6_000);
    return answer.then(() => undefined, (error: { code: string; message: string }) => error);
  }

  it('says which rule no line has matched', async () => {
    expect(await late({}, 'loading')).toMatchObject({
      code: 'start_timeout',
      message:
        'server one: the game did not say that it is ready within 4 s: no line matched console[0] ^Done \\(.*\\)!',
    });
  });

  it('says which one would have without colours', async () => {
    expect(await late({ ansi: 'keep' }, '\u001b[1mDone\u001b[0m (1 s)!')).toMatchObject({
      code: 'start_timeout',
      message: expect.stringContaining('; without escape sequences, "Done (1 s)!" would have: leave out "ansi"'),
    });
  });

  it('does not come about by colours any more', async () => {
    expect(await late({}, '\u001b[1mDone\u001b[0m (1 s)!')).toBeUndefined();
  });

  it('is cut short by a rule of fatal_error', async () => {
    const fatal = { pattern: '^(?<message>Could not bind.*)$', event: 'fatal_error' };
    expect(await late({ console: [rule, fatal] }, 'Could not bind to port 1')).toMatchObject({
      code: 'fatal_error',
      message: 'server one: the game cannot start: Could not bind to port 1',
    });
  });
});
