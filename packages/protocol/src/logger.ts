/** The levels of ServerEngine's logger, lowest first. */
export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One record: an event name that never changes, and fields that do. It holds no secret and no whole payload. */
export interface LogRecord {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** Every library logs through this. It is handed in: a library never writes to the console itself. */
export type Logger = { readonly [level in LogLevel]: (record: LogRecord) => void };

const nothing = (): void => undefined;

/** A logger that writes nothing, for tests and for callers who do not care. */
export const silentLogger: Logger = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};
