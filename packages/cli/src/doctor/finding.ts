/** What one look found. `bad`: Pinky does not work so. `odd`: it works, but something is missing or worth a look. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'odd' | 'bad';
  readonly found: string;
  /** How to put it right. */
  readonly fix?: string;
}
