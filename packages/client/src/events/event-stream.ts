import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { ClientClock } from '../requests/client-clock.js';

/** A box says something every 15 s. A connection that is silent for three times as long is dead. Milliseconds. */
const silentMs = 45_000;

/** The server-sent events of an answer, until it ends, breaks, or is silent for too long. */
export async function* messagesOf(response: Response, clock: ClientClock): AsyncGenerator<EventSourceMessage> {
  const reader = response.body?.getReader();
  if (!reader) return;
  const read: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => read.push(message) });
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const chunk = await nextChunk(reader, clock);
      if (!chunk) return;
      parser.feed(decoder.decode(chunk, { stream: true }));
      yield* read.splice(0);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // it has broken already
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

async function nextChunk(reader: Reader, clock: ClientClock): Promise<Uint8Array | undefined> {
  const here = new AbortController();
  const silence = clock.sleep(silentMs, here.signal).then(() => undefined, () => undefined);
  const chunk = reader.read().then(({ value }) => value, () => undefined); // a break is an end, too
  return Promise.race([chunk, silence]).finally(() => here.abort());
}
