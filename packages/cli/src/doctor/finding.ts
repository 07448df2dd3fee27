/** The result of one check. `bad`: Pinky cannot work. `odd`: it works, but something is missing or worth a look. */
export interface Finding {
  readonly name: string;
  readonly level: 'ok' | 'odd' | 'bad';
  readonly found: string;
  /** How to fix it. */
  readonly fix?: string;
}
