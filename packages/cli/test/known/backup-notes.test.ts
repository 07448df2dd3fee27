import type { MaintenanceState } from '@pinky/protocol';
import { backupNotes, backupNotesOf } from '../../src/known/backup-notes';

const state: MaintenanceState = {
  version: 1,
  at: 1,
  waiting: {},
  problems: {},
  damaged: {
    s1: [{ name: 's1.5.tar.lzo', because: 'no_base: gone' }, { name: 's1.7.tar.lzo', because: 'bad_archive: cut' }],
    s2: [{ name: 's2.6.tar.lzo', because: 'bad_archive: zeros' }],
  },
};

describe('the notes about backups', () => {
  it('name the newest damaged backup of each server, and how to go on', () => {
    expect(backupNotes(state)).toEqual([
      'backup s1.7.tar.lzo and 1 older of s1 is damaged (bad_archive: cut): `pinky backups s1` lists what is whole, ' +
        '`pinky backup s1` writes a new one',
      'backup s2.6.tar.lzo of s2 is damaged (bad_archive: zeros): `pinky backups s2` lists what is whole, ' +
        '`pinky backup s2` writes a new one',
    ]);
  });

  it('of one server are those of no other', () => {
    expect(backupNotesOf('s2', state)).toEqual(backupNotes(state).slice(1));
    expect(backupNotesOf('s3', state)).toEqual([]);
    expect(backupNotesOf('s1', undefined)).toEqual([]);
  });
});
