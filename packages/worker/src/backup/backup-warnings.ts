import type { MaintenanceState } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';

/** The part of a server that hears the warnings. */
interface WarnedServer {
  readonly serverId: string;
  readonly runs: Pick<GameServer['runs'], 'note'>;
}

/** Tells of what the maintenance has found wrong with the backups of one server, each time one has been written. */
export class BackupWarnings {
  /** Since when the store was out of reach when it was last told. */
  #storeAwaySince: number | undefined;
  #toldDamaged: ReadonlySet<string> = new Set();

  constructor(private readonly server: WarnedServer) {}

  tell(state: MaintenanceState | undefined): void {
    this.#tellWaiting(state);
    this.#tellDamaged(state);
  }

  /** One warning for each time that the store is out of reach. The backup itself is whole, and waits on the disk. */
  #tellWaiting(state: MaintenanceState | undefined): void {
    const { serverId, runs } = this.server;
    const { since, message } = state?.problems['upload'] ?? {};
    const waiting = state?.waiting[serverId];
    if (since !== undefined && waiting && since !== this.#storeAwaySince) {
      runs.note('warning', {
        kind: 'backups_waiting',
        message: `backups of this server wait for the store (${waiting.count}): ${message}`,
        ...(state?.store !== undefined && { store: state.store }),
        ...waiting,
      });
    }
    this.#storeAwaySince = since;
  }

  /** One warning for each backup that was read back and is not whole. */
  #tellDamaged(state: MaintenanceState | undefined): void {
    const { serverId, runs } = this.server;
    const damaged = state?.damaged?.[serverId] ?? [];
    for (const { name, because } of damaged.filter((each) => !this.#toldDamaged.has(each.name))) {
      runs.note('warning', {
        kind: 'backup_damaged',
        message: `server ${serverId}: its backup ${name} is damaged (${because})`,
        backup: name,
      });
    }
    this.#toldDamaged = new Set(damaged.map(({ name }) => name));
  }
}
