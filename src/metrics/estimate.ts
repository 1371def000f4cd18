/** A mean, or a function of means, over images. */
export interface Estimate {
  /** How many images it rests on. */
  images: number;
  value: number;
  /**
   * The interval's ends; undefined where there is none: fewer than two images, nothing that varies over fewer than
   * {@link FEWEST}, a function of means over so few, or resamples without a value.
   */
  low: number | undefined;
  high: number | undefined;
  /** How the interval was made, where it is not the bootstrap. */
  interval?: Exclude<IntervalKind, 'bootstrap'>;
}

/** How an estimate's interval was made; undefined where there is none. */
export function intervalOf({ low, interval }: Estimate): IntervalKind | undefined {
  return low === undefined ? undefined : (interval ?? 'bootstrap');
}
/** `ties`: the ranks that methods leave open which a test does not separate. */
export type IntervalKind = 'bootstrap' | 'student' | 'wilson' | 'ties';

/**
 * Fewest images that are resampled. Bootstrap intervals of 95 % cover 46 % at 2 images, 74 % at 3, 87 % at 4, and what they
 * promise from 8 on (normal values; docs/definitions.md has the table).
 */
export const FEWEST = 8;
