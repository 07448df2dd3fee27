import fc from 'fast-check';
import { FakeClock } from '@pinky/protocol/testing';
import { EventSender } from '../../src/publish/event-sender.js';
import { runStart } from '../../src/record/checkpoint.js';
import { EventSenderModel } from './event-sender-model.js';

type Step = (model: EventSenderModel) => void | Promise<void>;

const named = (name: string, step: Step): Step => Object.assign(step, { toString: () => name });

const common = [
  {
    weight: 8,
    arbitrary: fc.boolean().map((isEvent) => named(`print(${isEvent})`, (model) => model.print(isEvent))),
  },
  { weight: 2, arbitrary: fc.constant(named('note', (model) => model.note())) },
  {
    weight: 5,
    arbitrary: fc.boolean().map((lose) => named(`deliverToQueue(${lose})`, (model) => model.deliverToQueue(lose))),
  },
  { weight: 5, arbitrary: fc.constant(named('deliverToWorker', (model) => model.deliverToWorker())) },
  { weight: 2, arbitrary: fc.constant(named('connect', (model) => model.connect())) },
  { weight: 1, arbitrary: fc.constant(named('disconnect', (model) => model.disconnect())) },
  { weight: 1, arbitrary: fc.constant(named('redisAway', (model) => model.redisAway())) },
  { weight: 2, arbitrary: fc.constant(named('redisBack', (model) => model.redisBack())) },
  { weight: 1, arbitrary: fc.constant(named('strayCursor', (model) => model.strayCursor())) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((saved) => named(`restartWorker(${saved})`, (model) => model.restartWorker(saved))),
  },
  { weight: 1, arbitrary: fc.constant(named('saveCheckpoint', (model) => model.saveCheckpoint())) },
  { weight: 1, arbitrary: fc.constant(named('hold', (model) => model.hold())) },
  { weight: 1, arbitrary: fc.constant(named('letGo', (model) => model.letGo())) },
  { weight: 1, arbitrary: fc.constant(named('pass', (model) => model.pass(6_000))) },
];

const newRun = { weight: 1, arbitrary: fc.constant(named('newRun', (model) => model.newRun())) };

/** A replica has most of what Redis confirms, and takes its place now and then. */
const replicated = [
  { weight: 4, arbitrary: fc.constant(named('replicate', (model) => model.replicate())) },
  { weight: 1, arbitrary: fc.constant(named('giveBack', (model) => model.giveBack())) },
  { weight: 1, arbitrary: fc.constant(named('failOver', (model) => model.failOver())) },
];

const steps = fc.array(fc.oneof(...common, newRun), { maxLength: 60 });
const stepsOfPair = fc.array(fc.oneof(...common, ...replicated), { maxLength: 60 });


async function play(taken: readonly Step[], limitBytes?: number): Promise<EventSenderModel> {
  const model = new EventSenderModel(limitBytes);
  for (const step of taken) await step(model);
  await model.settle();
  return model;
}

describe('EventSender', () => {
  it('publishes every event exactly once and in order, whatever is lost, late or killed', async () => {
    await fc.assert(fc.asyncProperty(steps, async (taken) => {
      const model = await play(taken);
      expect(model.published).toEqual(model.said);
      expect(model.lost).toEqual([]);
      expect(model.isDone).toBe(true);
    }), { numRuns: 400 });
  });

  it('publishes every event exactly once and in order, also where Redis loses what it had confirmed', async () => {
    await fc.assert(fc.asyncProperty(stepsOfPair, async (taken) => {
      const model = await play(taken);
      expect(model.published).toEqual(model.said);
      expect(model.lost).toEqual([]);
    }), { numRuns: 400 });
  });

  it('goes back to before its checkpoint, if Redis stands before that when a new worker comes', async () => {
    const model = new EventSenderModel();
    for (let i = 0; i < 10; i++) model.print(true);
    await model.settle();
    model.restartWorker(true);
    model.failOver();
    await model.settle();
    expect(model.published).toEqual(model.said);
  });

  it('tells of events that Redis has lost and whose lines are not kept any more', async () => {
    const model = new EventSenderModel();
    for (let i = 0; i < 10; i++) model.print(true);
    await model.settle();
    model.replicate();
    model.giveBack();
    await model.forget();
    expect(model.lost).toEqual(['run0000: Redis has lost them, and their lines are not kept any more']);
  });

  it('counts every event that a limit makes it drop, and publishes the others once and in order', async () => {
    await fc.assert(fc.asyncProperty(steps, fc.integer({ min: 20, max: 120 }), async (taken, limitBytes) => {
      const model = await play(taken, limitBytes);
      const published = new Set(model.published);
      expect(model.published).toEqual(model.said.filter((event) => published.has(event)));
      expect(model.said.length - model.published.length).toBeLessThanOrEqual(model.dropped + model.unsure);
      expect(model.isDone).toBe(true);
    }), { numRuns: 200 });
  });

  it('publishes events again that Redis has lost, as far as files still hold them', async () => {
    const model = new EventSenderModel();
    for (let i = 0; i < 10; i++) model.print(true);
    await model.settle();
    await model.forget();
    expect(model.published).toEqual(model.said);
    expect(model.published).toHaveLength(10);
  });

  it('sends almost nothing twice while all is well', async () => {
    const model = new EventSenderModel();
    model.connect();
    model.deliverToWorker();
    for (let i = 0; i < 200; i++) {
      model.print(true);
      if (i % 3 === 0) model.deliverToQueue();
      if (i % 4 === 0) model.deliverToWorker();
    }
    await model.settle();
    expect(model.published).toEqual(model.said);
    expect(model.messages).toBeLessThanOrEqual(100);
  });

  it('comes to rest after a cursor that nobody asked for', async () => {
    const model = new EventSenderModel();
    model.connect();
    model.deliverToWorker();
    model.print(true);
    model.strayCursor();
    model.print(true);
    await model.settle();
    const { messages } = model;
    model.print(true);
    await model.settle();
    expect(model.messages).toBe(messages + 1);
  });

  it('sends events as lines to a queue that takes them, and each by itself to an older one that comes after it', () => {
    const sent: (string | undefined)[] = [];
    const ignore = (): void => undefined;
    const sender = new EventSender({
      serverId: 'one',
      clock: new FakeClock(),
      later: { isHeld: false, soon: (work) => void setImmediate(work) },
      send: (message) => sent.push(message.type === 'events' ? message.lines?.text.toString() : message.type) > 0,
      derive: () => { throw new Error('nothing has to be read again'); },
      earliest: () => runStart,
      onAcked: ignore,
      onRunPublished: ignore,
      onNewerRun: ignore,
      onLost: ignore,
      onIdle: ignore,
    });
    const event = (start: number) => ({ stream: 'console' as const, start, end: start + 10, json: `{"n":${start}}` });
    const at = (console: number) => ({ ...runStart, console });
    sender.addRun('r1', runStart, runStart, false);
    sender.published({ run: 'r1', console: 0, journal: 0, takesLines: true });
    sender.offer({ run: 'r1', from: at(0), to: at(20), events: [event(0), event(10)] });
    sender.published({ run: 'r1', console: 20, journal: 0, takesLines: true });
    sender.disconnected();
    sender.published({ run: 'r1', console: 20, journal: 0 });
    sender.offer({ run: 'r1', from: at(20), to: at(30), events: [event(20)] });
    expect(sent).toEqual(['{"n":0}\n{"n":10}\n', undefined]);
  });
});
