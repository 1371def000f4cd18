import type { Numbers } from './metric.js';

/** Indices of values from the largest down, equal ones by index. */
export function descending(values: Numbers): Uint32Array {
  return Uint32Array.from({ length: values.length }, (_, i) => i).sort(
    (a, b) => (values[b] as number) - (values[a] as number) || a - b,
  );
}
