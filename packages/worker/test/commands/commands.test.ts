import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';
import { tempDir } from '../temp.js';
import { command, FakeServer } from './fake-server.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Whether a promise has settled after the present turns. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => { settled = true; }, () => { settled = true; });
  await turn();
  await turn();
  return !settled;
}

describe('Commands', () => {
  const dir = tempDir();
  const answersPath = () => join(dir(), 'answers');

  /** A game whose stdin is stuck until it is let go. */
  function stuck(): { server: FakeServer; letGo: () => void } {
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => { letGo = resolve; });
    return { server: new FakeServer('up', answersPath(), { say: () => gate }), letGo };
  }

  it('speaks to the game in the order of arrival, and stops it after that', async () => {
    const { server, letGo } = stuck();
    const answers = [command('list'), command('tell'), command('broadcast'), command('stop')].map((one) =>
      server.commands.answer(one),
    );
    await turn();
    expect(server.calls).toEqual([]);
    letGo();
    await Promise.all(answers);
    expect(server.calls).toEqual(['say list', 'say tell', 'say say', 'stop']);
  });

  it('starts the server again after a stop, however closely the start follows', async () => {
    const server = new FakeServer('up', answersPath());
    await Promise.all(
      [command('stop', 'a'), command('start', 'b'), command('stop', 'c'), command('start', 'd')].map((one) =>
        server.commands.answer(one),
      ),
    );
    expect([server.calls, server.state]).toEqual([['stop', 'begin given', 'stop', 'begin given'], 'up']);
  });

  it('says nothing more to a game that is about to be stopped', async () => {
    const { server, letGo } = stuck();
    const [list, stop, tell] = [command('list'), command('stop'), command('tell')].map((one) =>
      server.commands.answer(one),
    );
    letGo();
    await expect(tell).rejects.toMatchObject({ code: 'not_running' });
    await Promise.all([list, stop]);
    expect(server.calls).toEqual(['say list', 'stop']);
  });

  it('carries out a stop even if the game hangs', async () => {
    const { server, letGo } = stuck();
    const tell = server.commands.answer(command('tell'));
    const stop = server.commands.answer(command('stop'));
    await turn();
    await server.clock.advance(2_000);
    await stop;
    expect(server.calls).toEqual(['stop']);
    letGo();
    await tell;
  });

  it('refuses a command that is not possible any more when its turn comes', async () => {
    const { server, letGo } = stuck();
    const first = server.commands.answer(command('tell', 'a'));
    const second = server.commands.answer(command('tell', 'b'));
    await turn();
    server.state = 'stopping';
    letGo();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'stopping' });
  });

  it('does not say anything that nobody waits for any more', async () => {
    const { server, letGo } = stuck();
    const first = server.commands.answer(command('tell', 'a'));
    const second = server.commands.answer(command('tell', 'b', 500));
    await turn();
    await server.clock.advance(600);
    letGo();
    await first;
    await expect(second).rejects.toMatchObject({ code: 'deadline_exceeded' });
    expect(server.calls).toEqual(['say tell']);
  });

  it('answers nothing and takes up nothing once it leaves: the next worker does', async () => {
    const { server, letGo } = stuck();
    const taken = server.commands.answer(command('tell', 'taken'));
    await turn();
    const closed = server.commands.close();
    const late = server.commands.answer(command('tell', 'late'));
    expect(await isPending(closed)).toBe(true);
    server.commands.leave();
    letGo();
    expect(await isPending(taken)).toBe(true);
    expect(await isPending(late)).toBe(true);
    const known = new RecordedAnswers(answersPath());
    expect(known.lookUp('taken')).toEqual({ hasBegunRun: false });
    expect(known.lookUp('late')).toBe('new');
  });

  it('answers what is being said, and repeats earlier answers, before it leaves gracefully', async () => {
    const { server, letGo } = stuck();
    const taken = server.commands.answer(command('tell', 'taken'));
    await turn();
    const closed = server.commands.close();
    letGo();
    await closed;
    await expect(taken).resolves.toMatchObject({ state: 'up' });
    await expect(server.commands.answer(command('tell', 'taken'))).resolves.toMatchObject({ state: 'up' });
    expect(server.calls).toEqual(['say tell']);
  });

  it('does not begin a start that waited for a stop when it is leaving', async () => {
    const server = new FakeServer('stopping', answersPath());
    const start = server.commands.answer(command('start'));
    await turn();
    await server.commands.close();
    server.state = 'down';
    server.finish();
    expect(await isPending(start)).toBe(true);
    expect(server.calls).toEqual([]);
  });

  it.each(['tell', 'kick', 'broadcast', 'console'] as const)(
    'answers outcome_unknown to %s that a predecessor had taken up',
    async (name) => {
      new RecordedAnswers(answersPath()).accept(name);
      const server = new FakeServer('up', answersPath());
      await expect(server.commands.answer(command(name))).rejects.toMatchObject({ code: 'outcome_unknown' });
      await expect(new FakeServer('up', answersPath()).commands.answer(command(name))).rejects.toMatchObject({
        code: 'outcome_unknown',
      });
      expect(server.calls).toEqual([]);
    },
  );

  it('goes on with a start of the worker before, unless the server was started and stopped since', async () => {
    const predecessor = new RecordedAnswers(answersPath());
    predecessor.accept('start');
    await new FakeServer('down', answersPath()).commands.answer(command('start'));
    predecessor.accept('again');
    predecessor.useRun('1700000000000-abcd');
    for (const state of ['stopping', 'down'] as const) {
      const server = new FakeServer(state, answersPath());
      const answer = server.commands.answer(command('start', 'again'));
      await expect(answer).rejects.toMatchObject({ code: 'outcome_unknown' });
      expect(server.calls).toEqual([]);
    }
  });

  it('does not repeat a start of the worker before that follows right behind a stop', async () => {
    const predecessor = new RecordedAnswers(answersPath());
    predecessor.accept('again');
    predecessor.useRun('1700000000000-abcd');
    const server = new FakeServer('up', answersPath());
    const [stop, start] = [command('stop'), command('start', 'again')].map((one) => server.commands.answer(one));
    await expect(start).rejects.toMatchObject({ code: 'outcome_unknown' });
    await stop;
    expect(server.calls).toEqual(['stop']);
  });

  it('carries out a stop that cannot be recorded, and refuses commands that must not be repeated', async () => {
    writeFileSync(join(dir(), 'file'), '');
    const server = new FakeServer('up', join(dir(), 'file', 'answers'));
    await expect(server.commands.answer(command('tell'))).rejects.toBeDefined();
    await server.commands.answer(command('stop'));
    expect(server.calls).toEqual(['stop']);
  });
});
