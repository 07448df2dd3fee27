/** Bytes of dead blocks after which they are swept up. */
const sweepAfterBytes = 16 * 1024 * 1024;

/**
 * Sweeps up dead blocks in time. V8 counts only the small handles of buffers when it decides to collect, so blocks of
 * 256 KiB pile up to 150 MB before it does. A runner is started with `--expose-gc`; elsewhere this does nothing.
 */
export class BlockGarbage {
  #bytes = 0;

  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < sweepAfterBytes) return;
    this.#bytes = 0;
    globalThis.gc?.({ type: 'minor', execution: 'sync' });
  }
}
