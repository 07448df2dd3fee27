import type { GameServer } from '../life/game-server.js';

/**
 * Says to a game what its funpack wants said around a backup. A game that was told to hold its files still is told to
 * go on too, whatever became of the backup: that it is owed those words stands in the record before the first word is
 * said.
 */
export class BackupTalk {
  constructor(private readonly server: GameServer) {}

  /** Says what comes before a backup. Throws where the record cannot be written: then nothing was said. */
  async before(signal: AbortSignal): Promise<void> {
    const { runs: { current: run }, record } = this.server;
    if (!run?.lives) return;
    if (run.dialogues.wantsToHearAfterBackup) record.change({ owesAfterBackup: run.id });
    await run.dialogues.beforeBackup(signal);
  }

  /** Says what comes after a backup, if the game is owed it. `isHurried`: nobody waits for its answers. */
  async after(isHurried: boolean): Promise<void> {
    const { runs: { current: run }, record } = this.server;
    const owed = record.now?.owesAfterBackup;
    if (owed === undefined || owed === '') return;
    if (run?.id === owed) await run.dialogues.afterBackup(isHurried);
    if (record.now) record.tryChange({ owesAfterBackup: '' });
  }
}
