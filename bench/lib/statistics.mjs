/** The value below which the part `q` (0 to 1) of the samples lies, interpolated. Undefined without samples. */
export function quantile(samples, q) {
  const sorted = samples.toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export const median = (samples) => quantile(samples, 0.5);
export const sum = (values) => values.reduce((total, value) => total + value, 0);
