import { lifecycle, serverEvents, serverStates, silentLogger, type LogRecord } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { ServerStateMachine } from '../../src/life/server-state.js';

describe('the state of a server', () => {
  function machine() {
    const clock = new FakeClock();
    const logged: LogRecord[] = [];
    const log = { ...silentLogger, info: (record: LogRecord) => void logged.push(record) };
    let changes = 0;
    const state = new ServerStateMachine({
      serverId: 'one',
      clock,
      log,
      onChange: () => { changes++; },
    });
    return { state, clock, logged, changes: () => changes };
  }

  it.each(serverStates.flatMap((from) => serverEvents.map((event) => [from, event, lifecycle[from][event]] as const)))(
    'is after %s and %s: %s',
    (from, event, to) => {
      const { state, logged } = machine();
      state.resume(from, 'as it was');
      expect(state.apply(event, 'because')).toBe(to !== 'ignored');
      expect([state.now, state.because]).toEqual(to === 'ignored' ? [from, 'as it was'] : [to, 'because']);
      expect(logged).toEqual(
        to === 'ignored' ? [] : [{
          event: 'server.state',
          serverId: 'one',
          from,
          to,
          because: 'because',
        }],
      );
    },
  );

  it('tells since when it is so, and what comes next; a failure tells that by itself', async () => {
    const { state, clock, changes } = machine();
    await clock.advance(500);
    state.apply('start', 'asked for', { what: 'the launch', at: 7 });
    expect([state.since, state.next]).toEqual([clock.wallNow(), { what: 'the launch', at: 7 }]);
    await clock.advance(500);
    state.expect({ what: 'more patience' });
    expect([state.since, state.next?.what]).toEqual([clock.wallNow() - 500, 'more patience']);
    state.apply('startFailed', 'no');
    expect(state.next).toEqual({ what: 'nothing until it is started again or stopped' });
    state.resume('failed', 'no', 1_234.5);
    expect([state.since, state.next?.what]).toEqual([1_235, 'nothing until it is started again or stopped']);
    expect(changes()).toBe(4);
  });

  it('belongs to the flow that took the server last, until that flow is done', () => {
    const { state } = machine();
    state.take('start');
    state.take('stop');
    state.release('start');
    expect(state.flow).toBe('stop');
    state.release('stop');
    expect(state.flow).toBe('none');
  });
});
