import { expectEqual } from '../expect.mjs';
import { commandLine, processesNaming } from '../processes.mjs';

/** No event came twice or out of order. */
export async function ledger(stage) {
  await stage.step('every event came once and in order', async () => {
    const events = await stage.queue.events();
    const ids = events.map(({ id }) => id);
    expectEqual(ids.filter((id, i) => ids.indexOf(id) !== i), [], 'the events that came twice');
    const offsets = streams(events);
    for (const [stream, positions] of offsets)
      expectEqual(
        positions,
        positions.toSorted((a, b) => a - b),
        `the order of ${stream}`,
      );
    const chats = events.filter(({ type }) => type === 'chat').map(({ message }) => Number(message.split(' ').at(-1)));
    expectEqual(chats, chats.toSorted((a, b) => a - b), 'the order of what alice said');
    return `${events.length} events, ${chats.length} of them chat`;
  });
}

/** Positions by stream. An id is `<server>:<run>:<offset>`, or `…:j<offset>` in the worker's journal. */
function streams(events) {
  const found = new Map();
  for (const { id } of events) {
    const [, run, position] = id.split(':');
    const stream = `${position.startsWith('j') ? 'journal' : 'console'} of run ${run}`;
    found.set(stream, [...(found.get(stream) ?? []), Number(position.replace('j', ''))]);
  }
  return found;
}

/** `pinky down` ends everything that the box started. */
export async function end(stage) {
  await stage.step('pinky down ends everything', async () => {
    await stage.close();
    await stage.box.pinky('down');
    expectEqual(processesNaming(stage.box.home).map(commandLine), [], 'the processes that are left');
  });
}
