import type { DamagedBackup, MaintenanceState, WaitingBackups } from '@pinky/protocol';
import { formatDuration, formatSize } from '../terminal/figures.js';

/** Tells people which backups are on this box only, and why, and which are damaged. */
export function backupNotes(state: MaintenanceState | undefined, now = Date.now()): readonly string[] {
  if (!state) return [];
  const waiting = Object.values(state.waiting);
  const { upload, ...others } = state.problems;
  return [
    ...Object.entries(state.damaged ?? {}).map(([serverId, damaged]) => damagedText(serverId, damaged)),
    ...(upload && state.store !== undefined && waiting.length > 0
      ? [`${waitingText(sumOf(waiting), state.store, now)}: ${upload.message}`]
      : upload ? [`backups are not copied: ${upload.message}`] : []),
    ...Object.entries(others).map(([part, { message }]) => `maintenance of backups, ${part}: ${message}`),
  ];
}

/** The same about one server. Empty where all its backups are whole and in the store. */
export function backupNotesOf(serverId: string, state: MaintenanceState | undefined, now = Date.now()): string[] {
  const damaged = state?.damaged?.[serverId];
  const waiting = state?.waiting[serverId];
  const { upload } = state?.problems ?? {};
  return [
    ...(damaged ? [damagedText(serverId, damaged)] : []),
    ...(waiting && state?.store !== undefined
      ? [waitingText(waiting, state.store, now) + (upload ? `: ${upload.message}` : '')]
      : []),
  ];
}

function damagedText(serverId: string, damaged: readonly DamagedBackup[]): string {
  const [newest, ...older] = damaged.toReversed();
  const others = older.length === 0 ? '' : ` and ${older.length} older`;
  return `backup ${newest?.name ?? ''}${others} of ${serverId} is damaged (${newest?.because ?? ''}): ` +
    `\`pinky backups ${serverId}\` lists what is whole, \`pinky backup ${serverId}\` writes a new one`;
}

const sumOf = (all: readonly WaitingBackups[]): WaitingBackups => ({
  count: all.reduce((sum, { count }) => sum + count, 0),
  bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  since: Math.min(...all.map(({ since }) => since)),
});

function waitingText({ count, bytes, since }: WaitingBackups, store: string, now: number): string {
  const which = count === 1 ? '1 backup waits' : `${count} backups wait`;
  const age = formatDuration(Math.max(0, now - since));
  return `${which} for the store ${store} (${formatSize(bytes)}, the oldest for ${age})`;
}
