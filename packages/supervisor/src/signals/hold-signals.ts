import { controlSignals, type ControlSignal, type SignalTable } from './signals.js';

/** Signals that are caught, but not yet obeyed. */
export interface HeldSignals {
  /** Obeys this table from now on, beginning with the signals that came in meanwhile. Replaces the table before. */
  obey(table: SignalTable): void;
  /** Removes the listeners. */
  release(): void;
}

/**
 * Catches signals from the first moment of a process, before its parts exist. USR1 gets its listener first, because
 * Node opens its debugger on SIGUSR1 until there is one. A caught signal without an action is ignored.
 */
export function holdSignals(signals: readonly ControlSignal[] = controlSignals): HeldSignals {
  let table: SignalTable | undefined;
  const waiting: ControlSignal[] = [];
  const listeners = new Map<ControlSignal, () => void>();
  for (const signal of ['SIGUSR1' as const, ...signals.filter((s) => s !== 'SIGUSR1')]) {
    const listener = (): void => {
      if (table) table[signal]?.();
      else waiting.push(signal);
    };
    process.on(signal, listener);
    listeners.set(signal, listener);
  }
  return {
    obey(next) {
      table = next;
      for (const signal of waiting.splice(0)) next[signal]?.();
    },
    release() {
      for (const [signal, listener] of listeners) process.off(signal, listener);
      listeners.clear();
    },
  };
}
