import { expand, filledPattern, type Encoding } from '@pinky/funpack-runner/light';
import type { LoginStep, TelnetWay } from '@pinky/protocol';
import { addressOf } from './address.js';
import { cannotTell, replyLines, type Channel, type ChannelOptions, type Reply } from './channel.js';
import { TcpTalk } from './tcp-talk.js';
import { TelnetCodes, telnetBytes } from './telnet-codes.js';

/** How long a step of the login is waited for if the funpack does not say, and at most, milliseconds. */
const defaultStepMs = 3_000;
const longestStepMs = 8_000;
/** How long a game may take to begin its reply, and how long a silence ends it, milliseconds: nothing marks its end. */
const replyMs = 1_000;
const quietMs = 250;

/** A console on a TCP port, with a connection for each order. */
export class Telnet implements Channel {
  constructor(private readonly way: TelnetWay, private readonly options: ChannelOptions) {}

  async say(lines: readonly string[]): Promise<Reply> {
    const talk = await TcpTalk.connect(addressOf(this.way, this.options));
    const console = new TelnetConsole(talk, this.way.lineEnd ?? '\n', this.options.encoding);
    try {
      for (const step of this.way.login ?? []) await this.#logIn(console, step);
      const texts: string[] = [];
      for (const line of lines) texts.push(await console.ask(line));
      return { lines: replyLines(texts.join('\n')) };
    } finally {
      talk.close();
    }
  }

  close(): void {
    // every connection ends with its order
  }

  async #logIn(console: TelnetConsole, step: LoginStep): Promise<void> {
    const { serverId, placeholders } = this.options;
    if ('send' in step) return console.send(expand(step.send, placeholders));
    const timeoutMs = Math.min(step.timeoutMs ?? defaultStepMs, longestStepMs);
    if (await console.hears(filledPattern(step.waitFor, placeholders), timeoutMs)) return;
    throw cannotTell(serverId, `the login to its console got no further than: ${step.waitFor}`);
  }
}

/** The text side of a connection. */
class TelnetConsole {
  readonly #codes = new TelnetCodes();
  /** The text since the last thing that was sent or heard. */
  #bytes: Buffer = Buffer.alloc(0);

  constructor(
    private readonly talk: TcpTalk,
    private readonly lineEnd: string,
    private readonly encoding: Encoding,
  ) {}

  send(line: string): void {
    this.#read();
    this.#bytes = Buffer.alloc(0);
    this.talk.write(telnetBytes(this.encoding.encode(`${line}${this.lineEnd}`)));
  }

  /** Whether the pattern matches what comes, which may be a prompt without a line end. */
  async hears(pattern: RegExp, timeoutMs: number): Promise<boolean> {
    return (await this.talk.until(() => (pattern.test(this.#read()) ? true : undefined), timeoutMs)) === true;
  }

  /** Sends a line, and answers what comes until there is silence. */
  async ask(line: string): Promise<string> {
    this.send(line);
    for (let waitMs = replyMs; ; waitMs = quietMs) {
      const before = this.#read().length;
      const more = await this.talk.until(() => (this.#read().length > before ? true : undefined), waitMs);
      if (!more) return this.#read();
    }
  }

  #read(): string {
    const { received } = this.talk;
    this.talk.taken(received.length);
    const text = this.#codes.read(received, (answer) => this.talk.write(answer));
    if (text.length > 0) this.#bytes = Buffer.concat([this.#bytes, text]);
    return this.encoding.decode(this.#bytes).replaceAll('\0', '');
  }
}
