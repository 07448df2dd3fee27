/** How much was packed so far. */
export interface PackCount {
  files: number;
  bytes: number;
}
