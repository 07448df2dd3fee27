import type { MaintenanceState } from '@pinky/protocol';
import { BackupWarnings } from '../../src/backup/backup-warnings';

describe('the warnings about a server’s backups', () => {
  const state = (damaged: MaintenanceState['damaged']): MaintenanceState => ({
    version: 1,
    at: 1,
    waiting: {},
    problems: {},
    ...(damaged && { damaged }),
  });
  const one = { name: 's1.5.tar.lzo', because: 'bad_archive: it is cut short' };
  const two = { name: 's1.7.tar.lzo', because: 'checksum_mismatch: world/map' };

  it('tell of each damaged backup once, and of no other server’s', () => {
    const told: unknown[] = [];
    const warnings = new BackupWarnings({
      serverId: 's1',
      runs: { note: (type, fields) => void told.push({ type, ...fields }) },
    });
    warnings.tell(undefined);
    warnings.tell(state({ s2: [two] }));
    expect(told).toEqual([]);
    warnings.tell(state({ s1: [one] }));
    warnings.tell(state({ s1: [one, two] }));
    warnings.tell(state({ s1: [two] }));
    expect(told).toEqual([
      {
        type: 'warning',
        kind: 'backup_damaged',
        message: 'server s1: its backup s1.5.tar.lzo is damaged (bad_archive: it is cut short)',
        backup: one.name,
      },
      {
        type: 'warning',
        kind: 'backup_damaged',
        message: 'server s1: its backup s1.7.tar.lzo is damaged (checksum_mismatch: world/map)',
        backup: two.name,
      },
    ]);
  });
});
