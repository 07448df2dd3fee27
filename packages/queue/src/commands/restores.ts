import {
  asPinkyError,
  commandDeadlineMs,
  PinkyError,
  type BackupChoice,
  type CatalogueAnswer,
  type CatalogueAsk,
  type ChosenBackup,
  type CommandResult,
  type RestoreResult,
} from '@pinky/protocol';
import type { RoutedCommand } from '../routing/routed-command.js';
import type { BoxCommandTerms } from './box-command-terms.js';

export interface RestoresOptions {
  readonly ask: (ask: CatalogueAsk, terms: BoxCommandTerms) => Promise<CatalogueAnswer>;
  /** To the workers, past the definitions: the server is still wanted as it was. */
  readonly stop: (routed: RoutedCommand) => Promise<CommandResult>;
  readonly start: (serverId: string, id: string, terms: BoxCommandTerms) => Promise<CommandResult>;
  /** Whether a server has a worker, or a folder that needs one. */
  readonly isThere: (serverId: string) => boolean;
  readonly isWantedUp: (serverId: string) => boolean;
  /** Nothing starts the server by itself until the answer is called. */
  readonly hold: (serverId: string) => () => void;
}

type Started = Pick<RestoreResult, 'state' | 'port' | 'notStarted'>;
type Stopped = Pick<RestoreResult, 'wasStopped' | 'parked' | 'backupFailed'>;

/**
 * Goes back to an older world: chooses it and holds it, stops the server if there is one, makes the chosen backup the
 * newest, and starts the server again if it was wanted up. It stays wanted up all the while: a death in between brings
 * it back, with the old world or the new one.
 */
export class Restores {
  readonly #underWay = new Set<string>();

  constructor(private readonly options: RestoresOptions) {}

  /** Throws `no_world`, `not_found`, `unclean_backup`, `bad_archive`, and what a stop throws. Then nothing changed. */
  async restore(data: BackupChoice & { readonly serverId: string }, terms: BoxCommandTerms): Promise<RestoreResult> {
    const { serverId } = data;
    if (this.#underWay.has(serverId)) {
      throw new PinkyError('not_ready', `server ${serverId}: a restore of it is under way`, {
        remedy: `wait until it is done: \`pinky explain ${serverId}\` and \`pinky backups ${serverId}\` tell`,
      });
    }
    this.#underWay.add(serverId);
    try {
      return await this.#restore(data, terms);
    } finally {
      this.#underWay.delete(serverId);
    }
  }

  async #restore(data: BackupChoice & { readonly serverId: string }, terms: BoxCommandTerms): Promise<RestoreResult> {
    const { serverId } = data;
    const { id } = terms;
    const chosen = (await this.options.ask({ name: 'choose', data: { ...data, id } }, terms)) as ChosenBackup;
    const isWanted = this.options.isWantedUp(serverId);
    // done before, by a queue that died before it could say so
    const { newest } = chosen;
    const done = newest ? { ...chosen, newest, wasStopped: isWanted } : await this.#exchange(chosen, serverId, terms);
    return { serverId, ...done, ...(isWanted ? await this.#start(serverId, terms) : { state: 'down' }) };
  }

  async #exchange(
    { backup: { seconds } }: ChosenBackup,
    serverId: string,
    terms: BoxCommandTerms,
  ): Promise<Omit<RestoreResult, 'serverId' | 'state'>> {
    const { ask, hold } = this.options;
    const release = hold(serverId);
    try {
      const stopped = await this.#stop(serverId, terms);
      const used = (await ask({ name: 'use', data: { serverId, seconds, id: terms.id } }, terms)) as ChosenBackup;
      return { ...used, newest: used.newest ?? used.backup, ...stopped };
    } finally {
      release();
    }
  }

  async #stop(serverId: string, { id, onProgress }: BoxCommandTerms): Promise<Stopped> {
    if (!this.options.isThere(serverId)) return { wasStopped: false };
    const result: CommandResult & Omit<Stopped, 'wasStopped'> = await this.options.stop({
      command: { name: 'stop', data: { serverId } },
      id: `${id}:stop`,
      deadlineMs: commandDeadlineMs.stop,
      ...(onProgress && { onProgress }),
    });
    const { parked, backupFailed } = result;
    return {
      wasStopped: result.already !== true,
      ...(backupFailed && { backupFailed, ...(parked !== undefined && { parked }) }),
    };
  }

  /** The world is restored by then, so a failure of the start is told and not thrown. */
  async #start(serverId: string, terms: BoxCommandTerms): Promise<Started> {
    try {
      const { state, port } = await this.options.start(serverId, `${terms.id}:start`, terms);
      return { state, ...(port !== undefined && { port }) };
    } catch (failure) {
      const { code, message } = asPinkyError(failure);
      return { state: 'failed', notStarted: { code, message } };
    }
  }
}
