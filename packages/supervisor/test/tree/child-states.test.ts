import { childEvents, childStates, childTable, childTransition, hasProcess } from '../../src/tree/child-states';

describe('a child\'s table of states', () => {
  const pairs = childStates.flatMap((state) => childEvents.map((event) => [state, event] as const));

  it.each(pairs)('decides %s × %s', (state, event) => {
    expect(childTable[state][event]).toBeDefined();
  });

  it.each(pairs.filter(([state]) => hasProcess[state]))(
    'never launches beside a live process: %s × %s',
    (state, event) => {
      const transition = childTransition(state, event);
      const isExit = ['done', 'handedOver', 'occupied', 'crashed', 'crashLoop', 'unwanted'].includes(event);
      if (transition?.act === 'launch' || transition?.act === 'take') expect(isExit).toBe(true);
    },
  );

  it.each(pairs.filter(([state]) => !hasProcess[state]))(
    'asks no process to leave if there is none: %s × %s',
    (state, event) => {
      expect(childTransition(state, event)?.act).not.toBe('ask');
    },
  );
});
