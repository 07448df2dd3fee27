/** The signals that ServerEngine gives a meaning to (seed 004), and Pinky after it (DESIGN §6). */
export const controlSignals = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGHUP', 'SIGUSR2', 'SIGCONT'] as const;
export type ControlSignal = (typeof controlSignals)[number];

/** What each signal does. A signal that is left out keeps its default, except USR1 (see `holdSignals`). */
export type SignalTable = Readonly<Partial<Record<ControlSignal, () => void>>>;
