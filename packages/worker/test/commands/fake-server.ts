import { silentLogger, type CommandName, type Command, type CommandResult, type ServerState } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { Commands, type CommandsInput } from '../../src/commands/commands.js';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';

/** A server that is in one state and writes down what it is told to do. */
export class FakeServer {
  readonly calls: string[] = [];
  readonly clock = new FakeClock();
  readonly commands: Commands;
  state: ServerState;
  /** Settles the start or stop that is under way. */
  finish: () => void = () => undefined;
  #tail: Promise<CommandResult> | undefined;

  constructor(
    state: ServerState,
    bookPath: string,
    overrides: { readonly hasRecord?: boolean; readonly say?: (line: string) => Promise<void> } = {},
  ) {
    this.state = state;
    const isBusy = ['preparing', 'starting', 'stopping'].includes(state);
    if (isBusy) this.#tail = new Promise((resolve) => { this.finish = () => resolve(this.#result()); });
    const call = (name: string, then: ServerState = this.state) => async (): Promise<CommandResult> => {
      this.calls.push(name);
      this.state = then;
      return this.#result();
    };
    const starting = ['preparing', 'starting'].includes(state) ? this.#tail : undefined;
    const stopping = state === 'stopping' ? this.#tail : undefined;
    const say = async (lines: readonly string[]): Promise<void> => {
      for (const line of lines) {
        await overrides.say?.(line);
        this.calls.push(`say ${line}`);
      }
    };
    const hasRecord = overrides.hasRecord ?? state !== 'down';
    const server = {
      serverId: 'one',
      options: { clock: this.clock, log: silentLogger },
      starting,
      failure: undefined,
      record: hasRecord ? { start: { serverId: 'one', funpack: { url: 'recorded' } } } : undefined,
      result: (more: object) => ({ ...this.#result(), ...more }),
      begin: async ({ funpack }: { funpack: { url: string } }) => call(`begin ${funpack.url}`, 'up')(),
      recovery: { endBackoff: call('endBackoff', 'up') },
      instance: {
        players: [{ name: 'ann' }],
        linesFor: (order: { type: string }) => [order.type],
        say,
        waits: { event: async () => true },
      },
    };
    Object.defineProperty(server, 'state', { get: () => this.state });
    const stops = { current: stopping, stop: call('stop', 'down'), restart: call('restart', 'up') };
    const backups = { run: call('backup'), latest: call('latest') };
    // The parts of these classes that Commands uses, and no more.
    this.commands = new Commands({
      server,
      stops,
      backups,
      book: new RecordedAnswers(bookPath),
    } as unknown as CommandsInput);
  }

  #result(): CommandResult {
    return { serverId: 'one', state: this.state };
  }
}

export function command(name: CommandName, id: string = name, deadlineMs = 1_000): Command {
  const data = {
    start: { serverId: 'one', funpack: { url: 'given' } },
    stop: { serverId: 'one' },
    restart: { serverId: 'one' },
    list: { serverId: 'one' },
    backup: { serverId: 'one' },
    tell: { serverId: 'one', user: 'ann', message: 'hi' },
    kick: { serverId: 'one', user: 'ann', message: 'hi' },
    broadcast: { serverId: 'one', message: 'hi' },
    console: { serverId: 'one', line: 'raw' },
  }[name];
  return { name, data, id, deadlineMs } as Command;
}
