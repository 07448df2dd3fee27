import { createServer } from 'node:net';
import { assertBuilt } from '../box/real-box';
import { DefinedBox } from './defined-box';

const first = 21_830;

describe('the port of a server', () => {
  const box = new DefinedBox(first, 3);
  let pack: string;
  beforeAll(async () => {
    assertBuilt();
    pack = box.pack('first');
    await box.up();
  });
  afterAll(() => box.end());

  const start = (id: string, ...more: readonly string[]) => box.pinky(['start', id, '--funpack', pack, ...more]);

  it('is remembered while it is down, and lent only if no other is free; its owner hears of that', async () => {
    expect(await start('a')).toMatchObject({ answer: { port: first } });
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ code: 0 });
    expect(await start('b')).toMatchObject({ answer: { port: first + 1 } });
    expect(await start('c')).toMatchObject({ answer: { port: first + 2 } });
    expect(await start('d')).toMatchObject({ answer: { port: first } }); // that of a
    expect(await box.pinky(['stop', 'b'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'a'])).toMatchObject({ answer: { port: first + 1, portWas: first } });
    expect(box.definition('a')).toMatchObject({ port: first + 1 });
    expect(await box.pinky(['restart', 'a'])).toMatchObject({ answer: { port: first + 1 } });
  });

  it('that was given is refused to others, named with its owner, and never changed', async () => {
    const port = String(first + 40);
    expect(await start('fixed', '--port', port)).toMatchObject({ code: 0, answer: { port: first + 40 } });
    expect(await start('e', '--port', port)).toMatchObject({
      code: 1,
      answer: { error: { code: 'port_taken', message: expect.stringContaining('server fixed has it') } },
    });
    expect(box.definition('e')).toBeUndefined();
    expect(await start('e', '--port', String(first + 2))).toMatchObject({
      answer: { error: { message: expect.stringContaining('server c has it') } },
    });
    expect(await box.pinky(['stop', 'fixed'])).toMatchObject({ code: 0 });
    const stranger = createServer();
    await new Promise<void>((done) => { stranger.listen(Number(port), '127.0.0.1', done); });
    try {
      expect(await box.pinky(['start', 'fixed'])).toMatchObject({
        code: 1,
        answer: { error: { code: 'port_taken', message: expect.stringContaining(`(pid ${process.pid}) has it`) } },
      });
    } finally {
      stranger.close();
    }
    expect(await box.pinky(['start', 'fixed'])).toMatchObject({ code: 0, answer: { port: first + 40 } });
  });
});
