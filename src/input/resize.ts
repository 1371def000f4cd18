/**
 * A map stretched to another size: bilinear (linear along one row), half-pixel centres, edges repeated. In float64.
 * @param from rows and columns of the map, which may have several channels, one behind the other
 */
export function resized(
  map: Float32Array,
  from: { readonly rows: number; readonly columns: number },
  to: { readonly rows: number; readonly columns: number },
): Float32Array {
  const samples = { rows: samplesOf(from.rows, to.rows), columns: samplesOf(from.columns, to.columns) };
  const places = from.rows * from.columns;
  const channels = map.length / places;
  const size = to.rows * to.columns;
  const result = new Float32Array(channels * size);
  for (let channel = 0; channel < channels; channel++) {
    const own = map.subarray(channel * places, (channel + 1) * places);
    result.set(sampled(own, from.columns, samples), channel * size);
  }
  return result;
}

/** The numbers of one map, `columns` a row, at samples of its axes, row by row. */
export function sampled(
  map: ArrayLike<number>,
  columns: number,
  samples: { readonly rows: readonly Sample[]; readonly columns: readonly Sample[] },
): Float32Array {
  const result = new Float32Array(samples.rows.length * samples.columns.length);
  let i = 0;
  for (const y of samples.rows) {
    const [above, below] = [y.low * columns, y.high * columns];
    for (const x of samples.columns) {
      const upper = mix(map[above + x.low] as number, map[above + x.high] as number, x.share);
      const lower = mix(map[below + x.low] as number, map[below + x.high] as number, x.share);
      result[i++] = mix(upper, lower, y.share);
    }
  }
  return result;
}

/** The two elements that an element of the stretched axis lies between, and how much the higher one counts. */
export interface Sample {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** What the elements of an axis that is stretched from one length to another lie between. */
export function samplesOf(from: number, to: number): Sample[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}

function mix(low: number, high: number, share: number): number {
  return low + (high - low) * share;
}
