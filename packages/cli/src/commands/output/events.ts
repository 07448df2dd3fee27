import { asPinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { QueueClient } from '../../talk/queue.js';
import { newestEvents } from '../../talk/redis.js';
import { readableEvent } from '../../terminal/event-words.js';
import { currentConfig } from '../../command-line/current-config.js';
import { lineCount } from './logs.js';

/** `pinky events`: prints the newest events from Redis. With --follow, then those that the queue publishes. */
export async function events(context: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const count = lineCount(textFlag(flags, 'lines') ?? '20');
  const config = await currentConfig(context);
  if (!isSet(flags, 'follow')) {
    for (const json of await newestEvents(config, count)) print(context, json);
    return;
  }
  const merger = new EventMerger((json) => print(context, json));
  await new QueueClient(context).follow((json) => merger.live(json), () => {
    void newestEvents(config, count).catch((error: unknown) => {
      context.out.note(`note: ${asPinkyError(error).message}; older events are not shown`);
      return [];
    }).then((older) => merger.history(older));
  });
}

/** Prints an event as JSON; to a terminal as time, server, type and words, without control sequences. */
function print({ out }: Context, json: string): void {
  const words = out.isTerminal && !out.isJson ? readableEvent(json, { withServer: true }) : undefined;
  out.streams.stdout.write(`${out.foreign(words ?? json)}\n`);
}

/**
 * Joins history and live events, each once. Live events wait until the history has been read. After a reconnection the
 * history fills the gap, as far back as it goes.
 */
class EventMerger {
  readonly #seen = new Set<string>();
  #waiting: string[] | undefined = [];
  #hasHistory = false;

  constructor(private readonly onEvent: (json: string) => void) {}

  live(json: string): void {
    if (this.#waiting) this.#waiting.push(json);
    else this.#once(json);
  }

  /** Prints the first history whole, and a later one only from the last event that was seen. */
  history(older: readonly string[]): void {
    const known = older.findLastIndex((json) => this.#seen.has(json));
    for (const json of this.#hasHistory && known >= 0 ? older.slice(known + 1) : older) this.#once(json);
    this.#hasHistory = true;
    for (const json of this.#waiting ?? []) this.#once(json);
    this.#waiting = undefined;
  }

  #once(json: string): void {
    if (this.#seen.has(json)) return;
    this.#seen.add(json);
    if (this.#seen.size > rememberedEvents) this.#seen.delete(this.#seen.values().next().value ?? '');
    this.onEvent(json);
  }
}

/** How many events are remembered, to recognise those that come again. A history holds fewer. */
const rememberedEvents = 10_000;
