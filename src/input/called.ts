/** What the samples of a data set and their parts are called in tables, charts and sentences. */
export interface Called {
  /** One sample: "signal". */
  readonly sample: string;
  /** Several of them. */
  readonly samples: string;
  /** The cells of a grid that is laid over a sample: "stretches". */
  readonly regions: string;
  /** What rows and columns of a sample are: "channels × moments". */
  readonly sides: string;
  /** The size of a cell whose side is one number: "9 × 9 pixels". */
  square(side: number): string;
  /** What a number of a heatmap stands for: "pixel". */
  readonly place: string;
}

export const IMAGES: Called = {
  sample: 'image',
  samples: 'images',
  regions: 'regions',
  sides: 'rows × columns',
  square: (side) => `${side} × ${side} pixels`,
  place: 'pixel',
};

/** "1 signal", "2 signals". */
export function counted(count: number, { sample, samples }: Pick<Called, 'sample' | 'samples'>): string {
  return `${count} ${count === 1 ? sample : samples}`;
}

/** A sentence's beginning. */
export function capitalised(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
