import { controlSignals, type ControlSignal, type SignalTable } from './signals.js';

/** Signals that are caught but not obeyed yet. */
export interface HeldSignals {
  /** Obeys `table` from now on, beginning with what arrived meanwhile; replaces the table before. */
  obey(table: SignalTable): void;
  /** Takes the listeners away again. */
  release(): void;
}

/**
 * Catches signals from the first moment of a process, before its parts exist. The listener for USR1 comes first: Node
 * opens its debugger on SIGUSR1 until one is there. A signal without an action is ignored once it is held.
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

/**
 * `holdSignals` and `obey` in one, for programs whose parts exist already. Only the table's signals are caught, and
 * USR1.
 */
export function installSignals(table: SignalTable): HeldSignals {
  const held = holdSignals(controlSignals.filter((signal) => table[signal] !== undefined));
  held.obey(table);
  return held;
}
