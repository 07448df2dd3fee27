import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { utf8 } from '@pinky/funpack-runner/light';
import { systemClock, type LoginStep, type TelnetWay } from '@pinky/protocol';
import { Telnet } from '../../src/channel/telnet.js';
import { TelnetCodes } from '../../src/channel/telnet-codes.js';

/** A console as Teeworlds and 7 Days to Die have one: a prompt without a line end, then line by line. */
class Console {
  readonly heard: string[] = [];
  readonly raw: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(private readonly greeting: Buffer | string = 'Please enter password: ') {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port; // a TCP server has an address of this form
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.write(this.greeting);
    let isIn = false;
    let text = '';
    socket.on('data', (bytes) => {
      this.raw.push(bytes);
      text += bytes.toString('latin1').replace(/\xff[\xfb-\xfe]./g, '');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        this.heard.push(line);
        const answer = isIn ? `[server]: ${line}\0\0\r\n> ` : line === 'secret' ? 'Logon successful\0\0\n' : 'Wrong\n';
        isIn ||= line === 'secret';
        socket.write(answer);
      }
    });
  }
}

describe('a console by telnet', () => {
  let server: Console | undefined;
  afterEach(() => server?.close());

  const login: readonly LoginStep[] = [
    { waitFor: 'password: $' },
    { send: '{settings.password}' },
    { waitFor: 'Logon successful', timeoutMs: 300 },
  ];

  async function telnet(password = 'secret', more: Partial<TelnetWay> = {}, greeting?: Buffer): Promise<Telnet> {
    server = new Console(greeting);
    const port = await server.listen();
    const placeholders = (name: string) => (name === 'settings.password' ? password : undefined);
    const options = { serverId: 'one', placeholders, clock: systemClock, encoding: utf8 };
    return new Telnet({ via: 'telnet', port, login, ...more }, options);
  }

  it('is entered with its login dialogue; then it hears one line after the other', async () => {
    const channel = await telnet();
    expect(await channel.say(['say hi', 'status'])).toEqual({
      lines: ['[server]: say hi', '> ', '[server]: status', '> '],
    });
    expect(server?.heard).toEqual(['secret', 'say hi', 'status']);
  });

  it('hears nothing if the login fails', async () => {
    const channel = await telnet('guess');
    await expect(channel.say(['shutdown'])).rejects.toMatchObject({
      code: 'order_failed',
      message: 'server one: the login to its console got no further than: Logon successful',
    });
    expect(server?.heard).toEqual(['guess']);
  });

  it('refuses the options of telnet, and reads the text between them', async () => {
    const greeting = Buffer.from([255, 251, 1, 255, 253, 24, ...Buffer.from('password: ')]);
    const channel = await telnet('secret', {}, greeting);
    await channel.say(['x']);
    expect(Buffer.concat(server?.raw ?? []).subarray(0, 6)).toEqual(Buffer.from([255, 254, 1, 255, 252, 24]));
    expect(server?.heard.at(-1)).toBe('x');
  });

  it('ends its lines as the funpack says', async () => {
    const channel = await telnet('secret', { login: [], lineEnd: '\r\n' });
    await channel.say(['x']);
    expect(server?.heard).toEqual(['x\r']);
  });
});

describe('the codes of telnet', () => {
  it.each([
    [[65, 255, 251, 31, 66], 'AB', [255, 254, 31]],
    [[255, 253, 1, 255, 252, 3, 255, 254, 3], '', [255, 252, 1]],
    [[65, 255, 255, 66], 'A\xffB', []],
    [[65, 255, 250, 24, 1, 255, 255, 240, 255, 240, 66], 'AB', []],
    [[255, 249, 66], 'B', []],
  ])('are taken out of %j, also where they come in single bytes', (bytes, text, answers) => {
    for (const pieces of [[bytes], bytes.map((byte) => [byte])]) {
      const codes = new TelnetCodes();
      const sent: number[] = [];
      const read = pieces.map((piece) => codes.read(Buffer.from(piece), (answer) => sent.push(...answer)));
      expect(Buffer.concat(read).toString('latin1')).toBe(text);
      expect(sent).toEqual(answers);
    }
  });
});
