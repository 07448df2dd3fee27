import type { MaintenanceState, WaitingBackups } from '@pinky/protocol';
import { formatDuration, formatSize } from '../terminal/figures.js';

/** Tells people which backups are on this box only, and why. */
export function backupNotes(state: MaintenanceState | undefined, now = Date.now()): readonly string[] {
  if (!state) return [];
  const waiting = Object.values(state.waiting);
  const { upload, ...others } = state.problems;
  return [
    ...(upload && state.store !== undefined && waiting.length > 0
      ? [`${waitingText(sumOf(waiting), state.store, now)}: ${upload.message}`]
      : upload ? [`backups are not copied: ${upload.message}`] : []),
    ...Object.entries(others).map(([part, { message }]) => `maintenance of backups, ${part}: ${message}`),
  ];
}

/** The same about one server. Empty where all its backups are in the store. */
export function backupNotesOf(serverId: string, state: MaintenanceState | undefined, now = Date.now()): string[] {
  const waiting = state?.waiting[serverId];
  if (!waiting || state?.store === undefined) return [];
  const { upload } = state.problems;
  return [waitingText(waiting, state.store, now) + (upload ? `: ${upload.message}` : '')];
}

const sumOf = (all: readonly WaitingBackups[]): WaitingBackups => ({
  count: all.reduce((sum, { count }) => sum + count, 0),
  bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  since: Math.min(...all.map(({ since }) => since)),
});

function waitingText({ count, bytes, since }: WaitingBackups, store: string, now: number): string {
  const which = count === 1 ? '1 backup waits' : `${count} backups wait`;
  return `${which} for the store ${store} (${formatSize(bytes)}, the oldest for ${formatDuration(Math.max(0, now - since))})`;
}
