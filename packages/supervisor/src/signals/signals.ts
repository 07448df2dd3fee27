/** The signals that have a meaning in ServerEngine, and so in Pinky. */
export const controlSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const;
export type ControlSignal = (typeof controlSignals)[number];

/** The action for each signal. A signal without one keeps its default, except USR1 (see `holdSignals`). */
export type SignalTable = Readonly<Partial<Record<ControlSignal, () => void>>>;
