import {
  asPinkyError,
  commandDeadlineMs,
  type Clock,
  type CommandName,
  type ErrorCode,
  type ProgressListener,
  type RequestedCommand,
  type ScheduleOutcome,
  type ScheduleStep,
  type ServerStatus,
} from '@pinky/protocol';
import type { CommandRoute } from '../routing/command-route.js';

export interface StepRunnerOptions {
  readonly commands: CommandRoute;
  readonly statusOf: (serverId: string) => ServerStatus | undefined;
  readonly isWantedUp: (serverId: string) => boolean;
  readonly clock: Clock;
}

/** The way in which a step ended. `left`: the queue ends, and the next one goes on with it. */
export type StepEnd = Pick<ScheduleOutcome, 'code' | 'because'> & {
  readonly end: 'done' | 'skipped' | 'failed' | 'left';
};

export interface StepTerms {
  readonly serverId: string;
  /** The name of the command, for ever. */
  readonly id: string;
  /** When the step began, by the clock on the wall. A wait that was taken up again has been going on since then. */
  readonly since: number;
  /** A queue that died may have sent it. */
  readonly isTakenAgain?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Carries out one step of a schedule, as a command that somebody sends. */
export class StepRunner {
  constructor(private readonly options: StepRunnerOptions) {}

  async run(step: ScheduleStep, terms: StepTerms): Promise<StepEnd> {
    if (typeof step === 'object' && 'wait' in step) return this.#wait(step.wait, terms);
    const command = commandOf(step, terms.serverId);
    const because = terms.isTakenAgain ? undefined : this.#whyNot(command.name, terms.serverId);
    if (because !== undefined) return { end: 'skipped', because };
    return this.#send(command, terms);
  }

  /** Says why a step is left out. A schedule does not start what somebody stopped, except by `start`. */
  #whyNot(name: CommandName, serverId: string): string | undefined {
    const { statusOf, isWantedUp } = this.options;
    if (name === 'restart' && !isWantedUp(serverId)) return 'the server is wanted down: a restart would start it';
    const state = statusOf(serverId)?.state ?? 'down';
    const isSpoken = name === 'broadcast' || name === 'console';
    return isSpoken && state !== 'up' ? `the server is ${state}, and hears nothing` : undefined;
  }

  async #send(command: RequestedCommand, terms: StepTerms): Promise<StepEnd> {
    const { id, isTakenAgain, onProgress } = terms;
    try {
      await this.options.commands.route({
        command,
        id,
        deadlineMs: commandDeadlineMs[command.name],
        ...(isTakenAgain && { isTakenAgain }),
        ...(onProgress && { onProgress }),
      });
      return { end: 'done' };
    } catch (failure) {
      const { code, message } = asPinkyError(failure);
      if (code === 'connection_lost' || terms.signal.aborted) return { end: 'left', code, because: message };
      return { end: 'failed', code: code satisfies ErrorCode, because: message };
    }
  }

  async #wait(ms: number, { since, signal }: StepTerms): Promise<StepEnd> {
    const { clock } = this.options;
    const left = Math.min(ms, Math.max(0, since + ms - clock.wallNow()));
    return (await clock.rest(left, signal)) ? { end: 'done' } : { end: 'left' };
  }
}

function commandOf(step: Exclude<ScheduleStep, { readonly wait: number }>, serverId: string): RequestedCommand {
  if (typeof step === 'object') {
    return 'broadcast' in step
      ? { name: 'broadcast', data: { serverId, message: step.broadcast } }
      : { name: 'console', data: { serverId, line: step.console } };
  }
  return { name: step, data: { serverId } };
}
