import { asPinkyError } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../command-line/context.js';
import { newestEvents } from '../talk/redis.js';
import { currentConfig } from './current-config.js';
import { lineCount } from './logs.js';
import { queueOf } from './reach.js';

/** `pinky events`: the newest from Redis; with --follow then those that the queue publishes, each once. */
export async function events(context: Context, _args: readonly string[], flags: Flags): Promise<void> {
  const count = lineCount(textFlag(flags, 'lines') ?? '20');
  const config = await currentConfig(context);
  if (!isSet(flags, 'follow')) {
    for (const json of await newestEvents(config, count)) print(context, json);
    return;
  }
  const feed = new Feed((json) => print(context, json));
  await queueOf(context).follow((json) => feed.live(json), () => {
    void newestEvents(config, count).catch((error: unknown) => {
      context.out.note(`note: ${asPinkyError(error).message}; older events are left out`);
      return [];
    }).then((older) => feed.history(older));
  });
}

/** An event is JSON either way; onto a terminal it goes without what would drive it. */
const print = ({ out }: Context, json: string): void => void out.streams.stdout.write(`${out.foreign(json)}\n`);

/**
 * Joins history and live events: live ones wait until the history has been read, and none is printed twice. After a
 * reconnection the history fills the gap as far as it goes.
 */
class Feed {
  readonly #seen = new Set<string>();
  #waiting: string[] | undefined = [];
  #hasHistory = false;

  constructor(private readonly onEvent: (json: string) => void) {}

  live(json: string): void {
    if (this.#waiting) this.#waiting.push(json);
    else this.#once(json);
  }

  /** The first history is printed whole; a later one only from where something of it was seen. */
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

/** How many events are remembered to recognise a repetition; more than one history holds is never needed for long. */
const rememberedEvents = 10_000;
