import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import type { ConsolePlace } from '../api/types.js';
import { markSigns, type EventMark } from './event-marks.js';
import { LinePlaces } from './line-places.js';

const keptLines = 20_000;

/** A line on its way to the screen; without a place where it is no game's. */
export interface ShownLine extends Partial<ConsolePlace> {
  readonly text: string;
}

/** The console's screen. Lines that come within one frame are written at once: 100,000 lines stay smooth. */
export class ConsoleScreen {
  readonly #terminal = new Terminal({
    allowProposedApi: true, // decorations, which mark lines
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
  readonly #places = new LinePlaces(this.#terminal);
  #waiting: ShownLine[] = [];
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

  write(lines: readonly ShownLine[]): void {
    this.#waiting = this.#waiting.length === 0 ? [...lines] : this.#waiting.concat(lines);
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      const written = this.#waiting;
      this.#waiting = [];
      const text = written.map((line) => `${line.text}\n`).join('');
      this.#terminal.write(text, () => this.#places.add(written.map(placeOf)));
    });
  }

  /** Marks the line that became an event. False where it is not on the screen, or not yet. */
  mark({ place, kind, words }: EventMark): boolean {
    const row = this.#places.rowOf(place);
    if (row === undefined) return false;
    const { baseY, cursorY } = this.#terminal.buffer.active;
    const marker = this.#terminal.registerMarker(row - (baseY + cursorY));
    this.#terminal.registerDecoration({ marker, x: 0, width: 1 })?.onRender(dressed(kind, words));
    return true;
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

const placeOf = ({ run, offset }: ShownLine): ConsolePlace | undefined =>
  (run === undefined || offset === undefined ? undefined : { run, offset });

/** The look of a mark. It stands left of its line, and says in words what happened. */
const dressed = (kind: EventMark['kind'], words: string) => (element: HTMLElement): void => {
  if (element.title === words) return; // it is drawn again and again
  element.classList.add('event-mark', kind);
  element.textContent = markSigns[kind];
  element.title = words;
  element.setAttribute('role', 'img');
  element.setAttribute('aria-label', words);
};
