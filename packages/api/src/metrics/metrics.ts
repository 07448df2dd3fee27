import { readFileSync } from 'node:fs';
import { freemem, totalmem } from 'node:os';
import { statfs } from 'node:fs/promises';
import { boxPaths } from '@pinky/protocol';
import { Gauge, Registry } from 'prom-client';
import { EventFiles } from '../events/event-files.js';
import type { ApiParts } from '../http/app.js';
import { jobStates } from '../jobs/job.js';
import { allServers } from '../servers/server-routes.js';
import type { ServerView } from '../servers/server-view.js';
import type { SeenTree } from '../talk/supervisor-talk.js';
import { EventCounts } from './event-counts.js';
import { histogramText, type Tally } from './histogram-text.js';

/** Every state, so that a series does not come and go. */
const states = ['down', 'preparing', 'starting', 'up', 'stopping', 'crashed', 'failed'] as const;
const pageBytes = 4096;
const ticksPerSecond = 100;

/** The queue looks at Redis for them, which must not hold up the other figures. Milliseconds. */
const figuresMs = 500;

interface QueueFigures {
  readonly inHand: number;
  readonly eventsWaiting: number;
  /** Absent while Redis is away. */
  readonly commands?: { readonly waiting: number; readonly oldestMs: number };
  /** Absent where a queue of an earlier version answers. */
  readonly times?: { readonly answered: Tally; readonly waited: Tally };
}

type Labels = Readonly<Record<string, string>>;

/** The figures of the box for Prometheus, taken when it asks. No player's name is in them. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #counts: EventCounts;
  readonly #gauges = new Map<string, Gauge>();
  /** The names of those without labels. */
  readonly #plain = new Set<string>();

  constructor(private readonly parts: ApiParts) {
    this.#counts = new EventCounts(this.#registry, new EventFiles(boxPaths(parts.config().home).events));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    const { parts } = this;
    const at = parts.clock.now();
    this.#forget();
    const [servers, tree, queue] = await Promise.all([
      allServers(parts),
      parts.supervisor.tree().catch(() => undefined), // away; what is known is told
      parts.queue.ask('figures', {}, figuresMs).catch(() => undefined), // away, busy, or of an earlier version
      this.#counts.read(),
    ]);
    this.#ofServers(servers);
    this.#ofParts(tree);
    const figures = queue as QueueFigures | undefined; // our own queue answers
    if (figures) this.#ofQueue(figures);
    await this.#ofMachine();
    for (const state of jobStates) {
      const count = parts.jobs.all().filter((job) => job.state === state).length;
      this.#set('pinky_jobs', 'Changes that were asked for over HTTP, by their state.', count, { state });
    }
    this.#set('pinky_scrape_duration_seconds', 'How long this took.', (parts.clock.now() - at) / 1000);
    return `${await this.#registry.metrics()}${timesText(figures?.times)}`;
  }

  /** A figure that nobody says this time has no value. One without labels would be 0 after a mere reset. */
  #forget(): void {
    for (const gauge of this.#gauges.values()) gauge.reset();
    for (const name of this.#plain) this.#gauges.get(name)?.remove();
  }

  #ofServers(servers: readonly ServerView[]): void {
    for (const state of states) {
      const count = servers.filter((server) => server.state === state).length;
      this.#set('pinky_servers', 'Servers of the box by their state.', count, { state });
    }
    for (const view of servers) {
      const server = { server: view.serverId };
      this.#set('pinky_server_info', 'The game and version of a server.', 1, { ...server, game: view.game });
      this.#set('pinky_server_up', 'Whether a server is up.', Number(view.state === 'up'), server);
      this.#set('pinky_server_wanted', 'Whether a server is wanted up.', Number(view.wanted === 'up'), server);
      if (!view.arePlayersUnknown)
        this.#set('pinky_server_players', 'Players who are connected.', view.players.length, server);
      this.#set('pinky_server_restarts', 'Restarts of a game since somebody started it.', view.restarts, server);
      if (view.ram)
        this.#set('pinky_server_memory_limit_bytes', 'What a game may use.', view.ram.max * 2 ** 20, server);
      if (view.cpuPercent !== undefined)
        this.#set('pinky_server_cpu_cores', 'Cores that a game uses.', view.cpuPercent / 100, server);
      if (view.memoryBytes !== undefined)
        this.#set('pinky_server_memory_bytes', 'Resident memory of a game.', view.memoryBytes, server);
    }
  }

  #ofParts(tree: SeenTree | undefined): void {
    const { config, queue, supervisor } = this.parts;
    this.#set('pinky_info', 'The box.', 1, { box: config().box, version: tree?.version ?? config().version });
    for (const [part, isThere] of [['supervisor', supervisor.isThere], ['queue', queue.isThere]] as const)
      this.#set('pinky_part_up', 'Whether a part of the box answers.', Number(isThere), { part });
    const own = (tree?.children ?? []).filter(({ role }) => role !== 'worker');
    for (const { role, restarts, heartbeatAgeMs } of own) {
      this.#set('pinky_part_restarts', 'Restarts of a part since the supervisor began.', restarts, { part: role });
      if (heartbeatAgeMs !== undefined)
        this.#set('pinky_part_heartbeat_age_seconds', 'Since its last sign of life.', heartbeatAgeMs / 1000, {
          part: role,
        });
    }
    const processes = [...(tree ? [{ role: 'supervisor', pid: tree.pid }] : []), ...(tree?.children ?? [])];
    for (const role of new Set(processes.map((each) => each.role))) {
      const costs = processes.filter((each) => each.role === role).map(({ pid }) => costsOf(pid));
      const sum = (of: 'memory' | 'cpu'): number => costs.reduce((all, each) => all + each[of], 0);
      this.#set('pinky_process_memory_bytes', 'Resident memory of Pinky, by role.', sum('memory'), { role });
      this.#set('pinky_process_cpu_seconds', 'CPU that the living processes have used.', sum('cpu'), { role });
    }
  }

  #ofQueue({ inHand, eventsWaiting, commands }: QueueFigures): void {
    this.#set('pinky_commands_in_hand', 'Commands that were taken and are not answered yet.', inHand);
    this.#set('pinky_events_waiting', 'Events that Redis does not have yet.', eventsWaiting);
    if (!commands) return;
    this.#set('pinky_commands_waiting', 'Commands in Redis that nobody has taken yet.', commands.waiting);
    this.#set('pinky_commands_oldest_seconds', 'How long the oldest of these waits.', commands.oldestMs / 1000);
  }

  async #ofMachine(): Promise<void> {
    const disk = await statfs(this.parts.config().servers).catch(() => undefined); // the folder is not made yet
    if (disk) {
      this.#set('pinky_disk_size_bytes', 'The disk of the servers.', disk.blocks * disk.bsize);
      this.#set('pinky_disk_free_bytes', 'Free space on the disk of the servers.', disk.bavail * disk.bsize);
    }
    this.#set('pinky_memory_size_bytes', 'Memory of the machine.', totalmem());
    this.#set('pinky_memory_free_bytes', 'Free memory of the machine.', freemem());
  }

  #set(name: string, help: string, value: number, labels: Labels = {}): void {
    let gauge = this.#gauges.get(name);
    if (!gauge) {
      gauge = new Gauge({
        name,
        help,
        labelNames: Object.keys(labels),
        registers: [this.#registry],
      });
      this.#gauges.set(name, gauge);
      if (Object.keys(labels).length === 0) this.#plain.add(name);
    }
    gauge.set(labels, value);
  }
}

function timesText(times: QueueFigures['times']): string {
  if (!times) return '';
  const answered = 'From the taking of a command until its answer is there, by its kind and the way on which it came.';
  const waited = 'From the adding of a job of BullMQ, or the time when it was due, until it is taken.';
  return [
    histogramText('pinky_command_duration_seconds', answered, times.answered),
    histogramText('pinky_command_wait_seconds', waited, times.waited),
  ].join('');
}

/** Resident bytes, and seconds of CPU. None for a process that has just ended. */
function costsOf(pid: number | undefined): { readonly memory: number; readonly cpu: number } {
  if (pid === undefined) return { memory: 0, cpu: 0 };
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]];
    return { memory: pages * pageBytes, cpu: (user + system) / ticksPerSecond };
  } catch {
    return { memory: 0, cpu: 0 }; // it has just ended
  }
}
