/** A manifest may leave out `SIG`. It was checked when it was read. */
export const signalName = (name: string): NodeJS.Signals =>
  (name.startsWith('SIG') ? name : `SIG${name}`) as NodeJS.Signals;
