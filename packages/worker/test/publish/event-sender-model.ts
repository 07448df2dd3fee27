import { FakeClock } from '@pinky/protocol/testing';
import type { Cursor, Message, PendingEvent } from '@pinky/protocol';
import { AfterWork } from '../../src/admission/after-work.js';
import type { EventBatch } from '../../src/publish/event-batch.js';
import { isAtOrBefore, type Position } from '../../src/record/position.js';
import type { LineRange } from '../../src/publish/derive.js';
import { EventSender } from '../../src/publish/event-sender.js';
import type { Checkpoint } from '../../src/record/checkpoint.js';
import { consoleEvent, deriveFrom, journalEvent, lineBytes, saidBy, stateAt, type ModelRun } from './model-run.js';

type Events = Extract<Message, { type: 'events' }>;

/** A worker's sender of events, a queue and Redis, and two wires between them on which messages are under way. */
export class EventSenderModel {
  readonly published: string[] = [];
  readonly lost: string[] = [];
  /** Events that were let go, because too much waited. */
  dropped = 0;
  /** Told to be lost or not: nobody could know. */
  unsure = 0;
  readonly #runs: ModelRun[] = [];
  readonly #removed = new Set<string>();
  readonly #clock = new FakeClock();
  #afterWork = new AfterWork(this.#clock);
  #checkpoints = new Map<string, Checkpoint>();
  #earliest = new Map<string, Checkpoint>();
  #replica: { readonly published: readonly string[]; readonly cursor: Cursor } | undefined;
  #cursor: Cursor = { run: '', console: 0, journal: 0 };
  #toQueue: Events[] = [];
  #toWorker: Cursor[] = [];
  #isConnected = false;
  #isRedisAway = false;
  /** A batch was lost: those after it are refused until the worker was told where to go on. */
  #isBroken = false;
  #sender: EventSender;
  #messages = 0;

  constructor(private readonly limitBytes = Infinity) {
    this.#sender = this.#newSender();
    this.newRun();
  }

  /** The game prints a line, and it is read: an event or text. */
  print(isEvent: boolean): void {
    const run = this.#current;
    const line = run.lines.push(isEvent) - 1;
    const from = { console: line * lineBytes, journal: run.notes.length * lineBytes };
    this.#offer(run, from, { ...from, console: from.console + lineBytes }, isEvent ? [consoleEvent(run.id, line)] : []);
  }

  note(): void {
    const run = this.#current;
    const from = { console: run.lines.length * lineBytes, journal: run.notes.length * lineBytes };
    const note = run.notes.push({ at: from.console }) - 1;
    this.#offer(run, from, { ...from, journal: from.journal + lineBytes }, [journalEvent(run.id, note)]);
  }

  /** The run ends, and another begins. */
  newRun(): void {
    const last = this.#runs.at(-1);
    if (last) {
      last.isComplete = true;
      this.#sender.completeRun(last.id);
    }
    const id = `run${String(this.#runs.length).padStart(4, '0')}`;
    this.#runs.push({ id, lines: [], notes: [], isComplete: false });
    this.#sender.addRun(id, stateAt({ console: 0, journal: 0 }), { console: 0, journal: 0 }, false);
  }

  /**
   * The worker is killed; its successor begins at the checkpoints. With `saved`, if the last one wrote them just
   * before.
   */
  restartWorker(saved: boolean): void {
    this.disconnect();
    if (saved) this.saveCheckpoint();
    this.#afterWork = new AfterWork(this.#clock);
    this.#sender = this.#newSender();
    for (const run of this.#runs.filter(({ id }) => !this.#removed.has(id))) {
      const end = { console: run.lines.length * lineBytes, journal: run.notes.length * lineBytes };
      this.#sender.addRun(
        run.id,
        this.#checkpoints.get(run.id) ?? stateAt({ console: 0, journal: 0 }),
        end,
        run.isComplete,
      );
    }
  }

  saveCheckpoint(): void {
    const acked = this.#sender.acked(this.#current.id);
    if (acked) this.#checkpoints.set(this.#current.id, acked);
  }

  connect(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    this.#tell();
  }

  disconnect(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#toQueue = [];
    this.#toWorker = [];
    this.#sender.disconnected();
  }

  redisAway(): void {
    this.#isRedisAway = true;
  }

  redisBack(): void {
    if (!this.#isRedisAway) return;
    this.#isRedisAway = false;
    this.#tell();
  }

  /** Somebody asks for the cursor at a time when nobody needs it. */
  #tell(): void {
    if (this.#isRedisAway || !this.#isConnected) return;
    this.#isBroken = false;
    this.#toWorker.push(this.#cursor);
  }

  /** A game has died, and events wait for the launch of the next one. */
  hold(): void {
    this.#afterWork.hold();
  }

  /** It is known, or there is none. */
  letGo(): void {
    this.#afterWork.letGo();
  }

  strayCursor(): void {
    this.#tell();
  }

  /** The oldest message to the queue arrives; with `loseAnswer` its answer does not get back. */
  deliverToQueue(loseAnswer = false): void {
    const batch = this.#toQueue.shift();
    if (!batch) return;
    if (this.#isRedisAway) this.#isBroken = true;
    if (this.#isBroken) return;
    this.#publish(batch);
    if (!loseAnswer) this.#toWorker.push(this.#cursor);
  }

  deliverToWorker(): void {
    const cursor = this.#toWorker.shift();
    if (cursor) this.#sender.published(cursor);
  }

  /** Redis comes back from an older file: as if the newest of what it held had never come. */
  async forget(): Promise<void> {
    this.disconnect();
    this.published.length = 0;
    this.#cursor = { run: '', console: 0, journal: 0 };
    this.connect();
    await this.settle();
  }

  /** A replica has all that Redis holds. Lines before that may be given back. */
  replicate(): void {
    this.#replica = { published: [...this.published], cursor: this.#cursor };
  }

  /** Lines that a replica has the events of are given back to the file system. */
  giveBack(): void {
    const acked = this.#sender.acked(this.#current.id);
    const held = this.#replica?.cursor;
    if (!acked?.cursor || held?.run !== this.#current.id || !isAtOrBefore(acked.cursor, held)) return;
    this.#checkpoints.set(this.#current.id, acked);
    this.#earliest.set(this.#current.id, acked);
  }

  /** The replica becomes the master: what it did not have yet is lost, also where Redis had confirmed it. */
  failOver(): void {
    this.disconnect();
    const { published, cursor } = this.#replica ?? { published: [], cursor: { run: '', console: 0, journal: 0 } };
    this.published.splice(0, this.published.length, ...published);
    this.#cursor = cursor;
    this.connect();
  }

  pass(ms: number): Promise<void> {
    return this.#clock.advance(ms);
  }

  /** Everything is well again, and all that is under way arrives. */
  async settle(): Promise<void> {
    this.redisBack();
    this.connect();
    for (let quiet = 0; quiet < 3;) {
      const before = this.#messages;
      while (this.#toQueue.length + this.#toWorker.length > 0) {
        this.deliverToQueue();
        this.deliverToWorker();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await this.pass(6_000);
      quiet = this.#messages === before && this.#toQueue.length + this.#toWorker.length === 0 ? quiet + 1 : 0;
    }
  }

  /** Everything that was ever said, in order. */
  get said(): string[] {
    return this.#runs.flatMap(saidBy);
  }

  get isDone(): boolean {
    return (
      this.#sender.isIdle &&
      this.#runs.filter(({ isComplete }) => isComplete).every(({ id }) => this.#removed.has(id))
    );
  }

  get messages(): number {
    return this.#messages;
  }

  get #current(): ModelRun {
    const run = this.#runs.at(-1);
    if (!run) throw new Error('no run');
    return run;
  }

  #offer(run: ModelRun, from: Position, to: Position, events: PendingEvent[]): void {
    this.#sender.offer({ run: run.id, from, to: stateAt(to), events });
  }

  #publish(batch: Events): void {
    if (batch.run < this.#cursor.run) return;
    const from = batch.run > this.#cursor.run ? { run: batch.run, console: 0, journal: 0 } : this.#cursor;
    for (const event of batch.events) if (event.start >= from[event.stream]) this.published.push(event.json);
    this.#cursor = {
      run: batch.run,
      console: Math.max(from.console, batch.console),
      journal: Math.max(from.journal, batch.journal),
    };
  }

  #newSender(): EventSender {
    const afterWork = this.#afterWork;
    const isDead = (): boolean => afterWork !== this.#afterWork; // its process does nothing any more
    return new EventSender({
      serverId: 'one',
      clock: this.#clock,
      later: {
        get isHeld() { return afterWork.isHeld; },
        soon: (work) => afterWork.soon(() => { if (!isDead()) work(); }),
      },
      mostWaitingBytes: 30,
      limitBytes: () => this.limitBytes,
      onDropped: ({ count, unsure }) => {
        this.dropped += count;
        this.unsure += unsure;
      },
      send: (message) => {
        if (!this.#isConnected || message.type !== 'events') return false;
        this.#messages++;
        this.#toQueue.push(message);
        return true;
      },
      derive: (id, range) => this.#derive(id, range),
      earliest: (id) => this.#earliest.get(id) ?? stateAt({ console: 0, journal: 0 }),
      onAcked: () => undefined,
      onRunPublished: (id) => this.#removed.add(id),
      onNewerRun: () => undefined,
      onLost: (id, _from, _to, why) => this.lost.push(`${id}: ${why}`),
      onIdle: () => undefined,
    });
  }

  #derive(id: string, range: LineRange): EventBatch {
    const run = this.#runs.find((known) => known.id === id);
    if (!run || this.#removed.has(id)) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    return deriveFrom(run, range);
  }
}
