import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';

const keptLines = 20_000;

/** The console's screen. Lines that come within one frame are written at once: 100,000 lines stay smooth. */
export class ConsoleScreen {
  readonly #terminal = new Terminal({
    convertEol: true,
    disableStdin: true,
    scrollback: keptLines,
    fontFamily: 'ui-monospace, monospace',
    fontSize: 13,
    screenReaderMode: false,
    theme: { background: '#12151a', brightBlack: '#8b929c' }, // the usual grey is too dark to be read on it
  });
  readonly #fit = new FitAddon();
  readonly #observer = new ResizeObserver(() => this.#fit.fit());
  #waiting: string[] = [];
  #frame = 0;

  /** `onBehind`: how many lines have come below while the reader looks further up. */
  constructor(at: HTMLElement, onBehind: (lines: number) => void) {
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.attachCustomKeyEventHandler(({ key }) => key !== 'Tab'); // it leads on, else the keys end here
    this.#terminal.open(at);
    this.#fit.fit();
    this.#observer.observe(at);
    const tell = (): void => {
      const { baseY, viewportY } = this.#terminal.buffer.active;
      onBehind(baseY - viewportY);
    };
    this.#terminal.onScroll(tell);
    this.#terminal.onWriteParsed(tell);
    at.addEventListener('wheel', () => requestAnimationFrame(tell), { passive: true });
  }

  write(text: string): void {
    this.#waiting.push(text);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#terminal.write(`${this.#waiting.join('\n')}\n`);
      this.#waiting = [];
    });
  }

  toEnd(): void {
    this.#terminal.scrollToBottom();
  }

  clear(): void {
    this.#terminal.clear();
  }

  end(): void {
    cancelAnimationFrame(this.#frame);
    this.#observer.disconnect();
    this.#terminal.dispose();
  }
}
