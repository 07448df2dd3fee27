import { existsSync } from 'node:fs';
import { silentLogger } from '@pinky/protocol';
import { FakeClock, startStopContract, type PartUnderTest } from '@pinky/protocol/testing';
import { Dispatcher } from '../src/dispatch/dispatcher.js';
import { WebhooksSocket } from '../src/program/webhooks-socket.js';
import { HooksHome } from './support/hooks-home.js';

let home: HooksHome;
beforeAll(async () => {
  home = await new HooksHome().start();
});
afterAll(() => home.end());

const answers = {
  look: () => undefined,
  states: async () => [],
  failed: async () => [],
  test: async () => ({ isAccepted: true, ms: 0 }),
  again: async () => ({ isAccepted: true, ms: 0 }),
};

const parts: Record<string, () => PartUnderTest> = {
  'the dispatcher': () => {
    const clock = new FakeClock();
    const part = new Dispatcher({ config: () => home.config, logger: silentLogger, clock });
    return { part, running: () => Math.min(1, clock.sleeping) }; // it rests between two looks at the files
  },
  'the socket of the webhooks': () => ({
    part: new WebhooksSocket(home.home, answers),
    running: () => (existsSync(home.paths.webhooksSocket) ? 1 : 0),
  }),
};

describe.each(Object.entries(parts))('%s', (_name, make) => {
  it.each(startStopContract(make))('%s', (_rule, keeps) => keeps());
});
