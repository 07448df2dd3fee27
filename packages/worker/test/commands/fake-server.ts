import { silentLogger, type CommandName, type Command, type CommandResult, type ServerState } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import type { Reply } from '../../src/channel/channel.js';
import { Commands, type CommandParts } from '../../src/commands/commands.js';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';
import type { ServerRecord } from '../../src/record/server-record.js';

const recorded: ServerRecord = {
  format: 1,
  start: {
    serverId: 'one',
    funpack: { url: 'pack' },
    ram: { min: 64, max: 64 },
    settings: { by: 'recorded' },
  },
  wanted: 'up',
  port: 10_000,
  hasWorld: true,
  isPrepared: true,
  restarts: 0,
};

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
    answersPath: string,
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
    const backUp = (name: string) => async () => {
      this.calls.push(name);
      return { url: name };
    };
    this.commands = new Commands({
      server: this.#server(overrides.hasRecord ?? state !== 'down', overrides.say),
      starts: {
        begin: ({ settings }) => call(`begin ${String(settings['by'])}`, 'up')(),
        current: ['preparing', 'starting'].includes(state) ? this.#tail : undefined,
      },
      stops: {
        current: state === 'stopping' ? this.#tail : undefined,
        stop: call('stop', 'down'),
        restart: call('restart', 'up'),
        discard: call('discard', 'down'),
      },
      crashes: { endPause: call('endPause', 'up') },
      backups: { run: backUp('backup'), ofParked: backUp('parked') },
      answers: new RecordedAnswers(answersPath),
      clock: this.clock,
      log: silentLogger,
    });
  }

  #server(hasRecord: boolean, gate?: (line: string) => Promise<void>): CommandParts['server'] {
    const say = async (lines: readonly string[]): Promise<Reply> => {
      for (const line of lines) {
        await gate?.(line);
        this.calls.push(`say ${line}`);
      }
      return { lines: [] };
    };
    const talk = {
      players: [{ name: 'ann' }],
      assertOffers: () => undefined,
      assertTellsPlayers: () => undefined,
      linesFor: (order: { type: string }) => [order.type],
      proofOf: () => undefined,
      playersIn: () => undefined,
      waits: { event: async () => true, verdict: async () => undefined },
    };
    const current = (): ServerState => this.state;
    return {
      serverId: 'one',
      failure: undefined,
      funpack: undefined,
      state: { get now() { return current(); } },
      record: { now: hasRecord ? recorded : undefined },
      runs: { current: { talk, say } },
      result: (more) => ({ ...this.#result(), ...more }),
    };
  }

  #result(): CommandResult {
    return { serverId: 'one', state: this.state };
  }
}

export function command(name: CommandName, id: string = name, deadlineMs = 1_000): Command {
  const data = {
    start: { serverId: 'one', funpack: { url: 'pack' }, settings: { by: 'given' } },
    stop: { serverId: 'one' },
    restart: { serverId: 'one' },
    list: { serverId: 'one' },
    backup: { serverId: 'one' },
    tell: { serverId: 'one', user: 'ann', message: 'hi' },
    kick: { serverId: 'one', user: 'ann', message: 'hi' },
    broadcast: { serverId: 'one', message: 'hi' },
    console: { serverId: 'one', line: 'raw' },
    rm: { serverId: 'one' },
    kill: { serverId: 'one', kill: true },
  }[name];
  return { name: name === 'kill' ? 'stop' : name, data, id, deadlineMs } as Command; // as the queue writes a kill
}
