/**
 * A map stretched to another size: bilinear (linear along one row), half-pixel centres, edges repeated. In float64.
 * @param from rows and columns of the map, which may have several channels, one behind the other
 */
export function resized(
  map: Float32Array,
  from: { readonly rows: number; readonly columns: number },
  to: { readonly rows: number; readonly columns: number },
): Float32Array {
  const down = samples(from.rows, to.rows);
  const across = samples(from.columns, to.columns);
  const places = from.rows * from.columns;
  const channels = map.length / places;
  const result = new Float32Array(channels * to.rows * to.columns);
  let i = 0;
  for (let channel = 0; channel < channels; channel++) {
    const own = map.subarray(channel * places, (channel + 1) * places);
    for (const y of down) {
      const [above, below] = [y.low * from.columns, y.high * from.columns];
      for (const x of across) {
        const upper = mix(own[above + x.low] as number, own[above + x.high] as number, x.share);
        const lower = mix(own[below + x.low] as number, own[below + x.high] as number, x.share);
        result[i++] = mix(upper, lower, y.share);
      }
    }
  }
  return result;
}

/** The two elements that an element of the stretched axis lies between, and how much the higher one counts. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

function samples(from: number, to: number): Sample[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}

function mix(low: number, high: number, share: number): number {
  return low + (high - low) * share;
}
