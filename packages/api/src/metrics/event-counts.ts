import { parseObject } from '@pinky/protocol';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { EventFiles, idOf, type EventPlace } from '../events/event-files.js';

/** Seconds: a start may take as long as a download. */
const startBuckets = [1, 2, 5, 10, 30, 60, 120, 300, 900];
const stopBuckets = [0.5, 1, 2, 5, 10, 30, 60, 120, 300];
const backupBuckets = [0.5, 1, 5, 10, 30, 60, 300, 900, 3_600];
/** Events that end no wait any more: their server has been forgotten. */
const mostWaits = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The figures that come from events. They count from the oldest event that the log still has, and a new process counts
 * anew, as Prometheus expects of a counter.
 */
export class EventCounts {
  #place: EventPlace | undefined;
  #reading: Promise<void> | undefined;
  readonly #since = new Map<string, number>();
  readonly #events;
  readonly #launches;
  readonly #crashes;
  readonly #failures;
  readonly #backupSize;
  readonly #backupTime;
  readonly #starts;
  readonly #stops;
  readonly #backups;

  constructor(registry: Registry, private readonly files: EventFiles) {
    const registers = [registry];
    const labelNames = ['server'] as const;
    const counter = <L extends string>(name: string, help: string, labels: readonly L[]) =>
      new Counter({ name, help, labelNames: labels, registers });
    const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames, registers });
    this.#events = counter('pinky_server_events_total', 'Events of a server.', labelNames);
    this.#launches = counter('pinky_server_launches_total', 'Launches of a game.', labelNames);
    this.#crashes = counter('pinky_server_crashes_total', 'Crashes of a game.', ['server', 'cause'] as const);
    this.#failures = counter('pinky_server_backup_failures_total', 'Backups that failed.', labelNames);
    this.#backupSize = gauge('pinky_server_last_backup_size_bytes', 'Size of the newest backup.');
    this.#backupTime = gauge('pinky_server_last_backup_timestamp_seconds', 'When the newest backup was made.');
    this.#starts = new Histogram({
      name: 'pinky_start_duration_seconds',
      help: 'From the preparation of a server until its game is ready.',
      buckets: startBuckets,
      registers,
    });
    this.#stops = new Histogram({
      name: 'pinky_stop_duration_seconds',
      help: 'From the word of a game that it stops until its server is down.',
      buckets: stopBuckets,
      registers,
    });
    this.#backups = new Histogram({
      name: 'pinky_backup_duration_seconds',
      help: 'From the turn of a backup until it is written.',
      buckets: backupBuckets,
      registers,
    });
  }

  /** Reads the events that are new. */
  read(): Promise<void> {
    this.#reading ??= this.#read().finally(() => { this.#reading = undefined; });
    return this.#reading;
  }

  async #read(): Promise<void> {
    for (;;) {
      const { lines, place, hasMore } = await this.files.read(this.#place ?? (await this.files.beginning()));
      for (const line of lines) this.#count(line);
      this.#place = place;
      if (!hasMore) return;
    }
  }

  #count(line: string): void {
    const server = idOf(line)?.serverId;
    const event = parseObject(line);
    if (server === undefined || !event) return;
    this.#events.inc({ server });
    const at = Date.parse(String(event['ts'])) / 1000;
    switch (event['type']) {
      case 'preparing': case 'stopping': return this.#begin(server, at);
      case 'started': return this.#end(server, at, this.#starts);
      case 'stopped': return this.#end(server, at, this.#stops);
      case 'launched': return this.#launches.inc({ server });
      case 'crashed': case 'crash_loop': return this.#crashes.inc({ server, cause: causeOf(event) });
      case 'backup_failed': return this.#failures.inc({ server });
      case 'backed_up':
        this.#backupTime.set({ server }, at);
        if (typeof event['size'] === 'number') this.#backupSize.set({ server }, event['size']);
        if (typeof event['took_ms'] === 'number') this.#backups.observe(event['took_ms'] / 1000);
        return;
      default: return; // it is only counted
    }
  }

  #begin(server: string, at: number): void {
    this.#since.set(server, at);
    const [oldest] = this.#since.keys();
    if (this.#since.size > mostWaits && oldest !== undefined) this.#since.delete(oldest);
  }

  #end(server: string, at: number, histogram: Histogram): void {
    const since = this.#since.get(server);
    this.#since.delete(server);
    if (since !== undefined && at >= since) histogram.observe(at - since);
  }
}

/** The end after which a game was given up tells that, whatever brought it about. */
const causeOf = ({ type, signal, reason }: Fields): string => {
  if (type === 'crash_loop') return 'crash_loop';
  if (reason === 'out_of_memory') return 'out_of_memory';
  return typeof signal === 'string' ? 'signal' : 'exit';
};
