/** What we use of pidusage, which brings no types. */
declare module 'pidusage' {
  interface Figures {
    /** Percent of one core since the call before. */
    readonly cpu: number;
    /** Resident memory, bytes. */
    readonly memory: number;
  }
  /** A process that is gone has no figures. */
  function pidusage(pids: number[]): Promise<Record<string, Figures | null | undefined>>;
  export = pidusage;
}
