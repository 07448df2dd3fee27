/** A manifest may leave the `SIG` away; it has been checked when it was read. */
export const signalName = (name: string): NodeJS.Signals =>
  (name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals;
