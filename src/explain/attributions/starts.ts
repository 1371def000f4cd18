import { z } from 'zod';
import { mismatch } from '../../errors.js';
import { gaussianBlur } from '../../input/blur.js';
import { type InputLayout, layoutOf } from '../../input/layout.js';
import { ownRange } from '../../input/range.js';
import { randomStream } from '../../random.js';
import type { ExplainRequest, Reference } from '../request.js';
import type { Passes } from './passes.js';

/** Standard deviation of the blur, in pixels: that of the fill of the same name. */
const BLUR_SIGMA = 3;

const FORMS = [
  z.number(),
  z.array(z.number()).min(1),
  z.enum(['zero', 'black', 'blur']),
  z.string().regex(/^uniform:[1-9]\d{0,2}$/, 'uniform:<draws>'),
] as const;

const MEANING =
  'network input without what is explained: one number or one per channel; `zero`; `black` (the lowest the input can be); ' +
  '`blur` (itself, blurred with sigma 3); `uniform:<n>` (the mean over n random inputs)';

/** The input without what is explained: where paths start, and what takes the place of what is hidden. */
export const BASELINE = z.union(FORMS).default(0).describe(MEANING);

export type Baseline = z.infer<typeof BASELINE>;

/** Other inputs as baselines: expected gradients. */
export const EXPECTED = 'expected';

/** {@link BASELINE} of paths of which every point may have a start of its own. */
export const BASELINE_OR_EXPECTED = z
  .union([...FORMS, z.literal(EXPECTED)])
  .default(0)
  .describe(`${MEANING}; \`${EXPECTED}\` (another input of the data set for every step)`);

/** The baselines of a request: one, or as many as there are draws. */
export interface Starts {
  readonly count: number;
  of(request: ExplainRequest): Float32Array[];
}

/** @param method for complaints @throws InputError when there is not one number a channel */
export function startsOf(
  baseline: Baseline,
  method: string,
  { network, options, seed }: Pick<Passes, 'network' | 'options' | 'seed'>,
): Starts {
  const layout = layoutOf(network.inputShape);
  const one = (of: (request: ExplainRequest) => Float32Array): Starts => ({
    count: 1,
    of: (request) => [of(request)],
  });
  const range = (input: Float32Array) => {
    const own = ownRange(input, layout);
    return {
      low: perChannel(options.low ?? own.low, layout, method),
      high: perChannel(options.high ?? own.high, layout, method),
    };
  };
  if (typeof baseline !== 'string') {
    const value = perChannel(typeof baseline === 'number' ? [baseline] : baseline, layout, method);
    return one(({ input }) => input.map((_, i) => value(i)));
  }
  if (baseline === 'zero') return one(({ input }) => new Float32Array(input.length));
  if (baseline === 'blur') return one(({ input }) => gaussianBlur(input, layout, BLUR_SIGMA));
  if (baseline === 'black') {
    return one(({ input }) => {
      const { low } = range(input);
      return input.map((_, i) => low(i));
    });
  }
  const count = Number(baseline.split(':')[1]);
  return {
    count,
    of: ({ id, input }) => {
      const { low, high } = range(input);
      return Array.from({ length: count }, (_, draw) => {
        const numbers = randomStream(seed, 'baseline', id, draw);
        return input.map((_, i) => low(i) + (high(i) - low(i)) * numbers.uniform(i));
      });
    },
  };
}

/**
 * Other inputs than the one of the request, drawn from the references by seed and id: as many as are asked for.
 * @throws InputError when there are no references
 */
export function referencesOf(
  method: string,
  { options: { references }, seed }: Pick<Passes, 'options' | 'seed'>,
): (request: ExplainRequest, count: number) => Float32Array[] {
  const none = (got: string) =>
    mismatch({
      what: `baseline ${EXPECTED}`,
      where: method,
      expected: 'references: other inputs of the data set (`explain --references`)',
      got,
    });
  if (!references) throw none('none');
  return ({ id }, count) => {
    const others = references.filter((reference) => reference.id !== id);
    if (others.length === 0) throw none(`none but '${id}' itself`);
    const numbers = randomStream(seed, 'reference', id);
    return Array.from({ length: count }, (_, draw) => {
      const { input } = others[numbers.integer(draw, others.length)] as Reference;
      return input;
    });
  };
}

/** The one baseline of a request. @throws InputError for a mean over several, as {@link startsOf} otherwise */
export function startOf(
  baseline: Baseline,
  method: string,
  passes: Parameters<typeof startsOf>[2],
): (request: ExplainRequest) => Float32Array {
  if (typeof baseline === 'string' && baseline.startsWith('uniform:')) {
    throw mismatch({
      what: 'baseline',
      where: method,
      expected: 'a single one: numbers, zero, black or blur',
      got: baseline,
    });
  }
  const starts = startsOf(baseline, method, passes);
  return (request) => starts.of(request)[0] as Float32Array;
}

/** The number of a network input's i-th element. @throws InputError when there is not one a channel */
function perChannel(
  values: readonly number[],
  { channels, places }: InputLayout,
  where: string,
): (i: number) => number {
  const [first = 0] = values;
  if (values.length === 1) return () => first;
  if (values.length === channels * places) return (i) => values[i] as number;
  if (values.length !== channels) {
    throw mismatch({
      what: 'numbers of the baseline',
      where,
      expected: `one, or one for each of ${channels} channels`,
      got: String(values.length),
    });
  }
  return (i) => values[Math.floor(i / places)] as number;
}
