import { join } from 'node:path';
import { funpackEnvironment, runScript, type Funpack, type LaunchContext } from '@pinky/funpack-runner/light';
import { noReply, type Channel, type ChannelOptions, type Reply } from './channel.js';

/** How long bin/order may take for one order, milliseconds. The sender waits 10 s. */
const timeoutMs = 8_000;

/** The funpack's bin/order: it gets one order on its stdin, as a line of JSON, and passes it on to the game. */
export class OrderProgram implements Channel {
  readonly #abort = new AbortController();

  constructor(
    private readonly funpack: Funpack,
    private readonly context: LaunchContext,
    private readonly options: ChannelOptions,
  ) {}

  async say(lines: readonly string[]): Promise<Reply> {
    let reply = noReply;
    for (const line of lines) reply = await this.#run(asOrder(line));
    return reply;
  }

  close(): void {
    this.#abort.abort();
  }

  async #run(order: string): Promise<Reply> {
    const { funpack, context } = this;
    const lines: string[] = [];
    await runScript(join(funpack.dir, 'bin', 'order'), [], {
      cwd: context.workingDir,
      env: funpackEnvironment(funpack, context),
      timeoutMs,
      under: context.under,
      signal: this.#abort.signal,
      input: `${order}\n`,
      code: 'order_failed',
      clock: this.options.clock,
      onLine: (line, stream) => { if (stream === 'stdout') lines.push(line); },
    });
    return { lines, isConfirmed: lines.some(confirms) };
  }
}

/** A line of a dialogue, or one that somebody typed, is an order too. */
const asOrder = (line: string): string =>
  line.startsWith('{"order":') ? line : JSON.stringify({ order: 'console', line });

const confirms = (line: string): boolean => /^\{\s*"confirmed"\s*:\s*true\s*\}$/.test(line.trim());
