import { FakeClock } from '@pinky/protocol/testing';
import { messagesOf } from '../src/events/event-stream';

/** An answer whose chunks the test hands out. */
function answer() {
  let out!: ReadableStreamDefaultController<Uint8Array>;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => { out = controller; },
    cancel: () => { isCancelled = true; },
  });
  return {
    response: new Response(body),
    say: (bytes: Uint8Array | string) => out.enqueue(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
    breakOff: () => out.error(new TypeError('terminated')),
    get isCancelled() { return isCancelled; },
  };
}

it('reads messages that come in pieces, cut anywhere', async () => {
  const { response, say, breakOff } = answer();
  const messages = messagesOf(response, new FakeClock());
  const bytes = Buffer.from(': pinky\n\nid: a:1\nevent: job\ndata: {"text":"für alle"}\n\ndata: two\n\n');
  for (const byte of bytes) say(Uint8Array.of(byte));
  expect((await messages.next()).value).toEqual({ id: 'a:1', event: 'job', data: '{"text":"für alle"}' });
  expect((await messages.next()).value).toMatchObject({ data: 'two' });
  breakOff();
  expect(await messages.next()).toEqual({ done: true, value: undefined });
});

it('takes a connection for dead on which nothing comes, not even a sign of life', async () => {
  const clock = new FakeClock();
  const stream = answer();
  const messages = messagesOf(stream.response, clock);
  const first = messages.next();
  await clock.advance(40_000);
  stream.say(': still there\n\n');
  await othersRun();
  await clock.advance(40_000);
  stream.say('data: late\n\n');
  expect((await first).value).toMatchObject({ data: 'late' });
  const next = messages.next();
  await othersRun();
  await clock.advance(45_000);
  expect(await next).toMatchObject({ done: true });
  expect(stream.isCancelled).toBe(true);
});

/** Lets promises that can be kept be kept. */
async function othersRun(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
}
