import { WebhookFiles } from '@pinky/protocol';
import { trySignal } from '@pinky/supervisor';
import { compile, FakeBox } from '../fake-box';

beforeAll(compile);

describe('the process of the webhooks', () => {
  let box: FakeBox;
  beforeEach(() => { box = new FakeBox(); });
  afterEach(() => box.end());

  const shown = async () => (await box.ps()).children.find(({ role }) => role === 'webhooks');
  const add = (): string => new WebhookFiles(box.home).create({ url: 'https://hooks.example/' }).endpoint.id;

  it('runs from the first webhook to the last, whoever adds and removes them', async () => {
    await box.up('a');
    expect(await shown()).toBeUndefined();
    const id = add();
    await box.until(async () => (await shown())?.state === 'running');
    const { pid } = (await shown())!;
    await box.until(async () => box.traced(new RegExp(`^webhooks ${pid} started`)));
    trySignal(pid!, 'SIGKILL');
    await box.until(async () => {
      const next = (await shown())?.pid;
      return next !== pid && box.traced(new RegExp(`^webhooks ${next} started`));
    });
    new WebhookFiles(box.home).remove(id);
    await box.until(async () => (await shown())?.pid === undefined);
    expect(box.traced(/^webhooks \d+ TERM/)).toBe(true);
  });

  it('is waited for by nobody: it may crash for ever', async () => {
    box.trouble('crash', 'webhooks');
    add();
    await box.up('a'); // queue and worker are there
    await box.until(async () => ((await shown())?.restarts ?? 0) >= 2);
    expect((await box.ps()).phase).toBe('running');
    box.signal('SIGUSR1');
    await box.until(async () => box.traced(/^worker-a \d+ resumes/));
    box.noTrouble('crash', 'webhooks');
    await box.until(async () => (await shown())?.state === 'running');
    box.signal('SIGTERM');
    expect(await box.exit()).toBe(0);
  });

  it('lives on without its supervisor, and is adopted by the next one', async () => {
    add();
    await box.up('a');
    await box.until(async () => box.traced(/^webhooks \d+ started/));
    const { pid } = (await shown())!;
    box.signal('SIGKILL');
    await box.exit();
    await box.up('a');
    await box.until(async () => (await shown())?.pid === pid);
  });
});
