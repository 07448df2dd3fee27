import { EventEmitter } from 'node:events';
import { appendFileSync, mkdirSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { PinkyError, serverPaths, systemClock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { attachTo, type Attachment } from '../../src/commands/output/attach.js';
import { Output } from '../../src/terminal/output.js';
import { TalkingBox } from '../talking-box.js';

/** `pinky funpack run` shows events beside the console, and the queue that sends them may be away. */
describe('an attached console with more beside it', () => {
  let box: TalkingBox;
  let stdin: PassThrough;
  let said: string;
  beforeEach(() => {
    box = new TalkingBox();
    stdin = new PassThrough();
    said = '';
  });
  afterEach(() => box.remove());

  const say = (text: string): void => {
    const run = serverPaths(box.servers, 's1').run('r1');
    mkdirSync(run.dir, { recursive: true });
    appendFileSync(run.console, text);
  };
  const attached = (beside: Attachment['beside']): Promise<void> => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    for (const stream of [stdout, stderr]) stream.on('data', (chunk: Buffer) => { said += chunk; });
    return attachTo({
      home: box.home,
      configFile: undefined,
      env: {},
      cwd: '/',
      out: new Output({ stdin, stdout, stderr }, false, {}),
      clock: systemClock,
      signal: new AbortController().signal,
      signals: new EventEmitter(),
    }, 's1', { lines: 10, leaving: 'Ctrl-D leaves', ...(beside && { beside }) });
  };

  it('tells the failure of it at once, and goes on', async () => {
    say('one\n');
    const done = attached(async () => { throw new PinkyError('deadline_exceeded', 'the queue is away'); });
    await until('it is told', () => said.includes('pinky: deadline_exceeded: the queue is away'));
    say('two\n');
    await until('the console is shown still', () => said.includes('two'));
    stdin.end();
    await done;
  });

  it('ends well where only the end has broken it off', async () => {
    say('one\n');
    const done = attached(({ signal }) => new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('broken off')));
    }));
    await until('the console is shown', () => said.includes('one'));
    stdin.end();
    await done;
    expect(said).not.toContain('broken off');
  });
});
