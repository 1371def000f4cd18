import { InputError } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { INTEGRATED_GRADIENTS, SMOOTHGRAD } from './attributions/averaged.js';
import { OCCLUSION } from './attributions/occlusion.js';
import {
  COMPOSITES,
  type Composite,
  deepTaylor,
  GRADIENTS,
  lrp,
  type UserComposites,
  uniform,
} from './composites.js';
import type { Step } from './heatmap.js';
import { parseRule } from './rules.js';

/** What a method computes before its signal is pooled. Methods with equal signals share them. */
export type Signal =
  | {
      readonly kind: 'composite';
      readonly name: string;
      /** The table of rules; some depend on whether the range of the input is known. */
      readonly table: (bounded: boolean) => Composite;
      /** Gradients always start with 1 at the target; relevance as the options say. */
      readonly start?: 'one';
    }
  | { readonly kind: 'smoothgrad' | 'integrated-gradients' | 'occlusion' | 'random' | 'center' | 'edges' }
  | { readonly kind: 'file'; readonly directory: string };

export interface Method {
  readonly id: string;
  /** What it is, in a line. */
  readonly line: string;
  /** The paper it is from. */
  readonly source: string;
  readonly signal: Signal;
  /** What is done with the signal, in order. */
  readonly steps: readonly Step[];
  /** Whether negative numbers mean evidence against the target. */
  readonly signed: boolean;
}

/** One line of the method table: a form of ids and what they stand for. */
interface Entry {
  readonly form: string;
  /** An id of this form, for suggestions. */
  readonly example: string;
  readonly pattern: RegExp;
  readonly line: string;
  readonly source: string;
  readonly signed: boolean;
  readonly signal: (parameters: string[]) => Signal;
  readonly steps?: readonly Step[];
}

const NUMBER = '(\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?)';
const BACH = 'Bach et al. 2015';
const KOHLBRENNER = 'Kohlbrenner et al. 2020';

const gradientSignal = gradientOf('gradient');

const TABLE: readonly Entry[] = [
  ...pooled('gradient', 'derivative of the logit by the input', 'Simonyan et al. 2014', gradientSignal),
  entry('sensitivity-l2', 'l2 norm of the gradient over channels', 'Simonyan et al. 2014', gradientSignal, [
    'l2',
  ]),
  entry('sensitivity-linf', 'largest absolute gradient over channels', 'Simonyan et al. 2014', gradientSignal, ['linf']), // biome-ignore format: table
  entry('sensitivity-square', 'squared gradient, summed over channels', 'Gevrey et al. 2003', gradientSignal, ['square']), // biome-ignore format: table
  ...pooled('gradient-x-input', 'gradient times input', 'Shrikumar et al. 2016', gradientSignal, [
    'times-input',
  ]),
  ...pooled('smoothgrad', 'mean gradient over noisy copies of the input', 'Smilkov et al. 2017', {
    kind: 'smoothgrad',
  }),
  ...pooled(
    'integrated-gradients',
    'gradient integrated from the zero input to the input, times input',
    'Sundararajan et al. 2017',
    { kind: 'integrated-gradients' },
  ),
  ...pooled(
    'deconvnet',
    'gradient with ReLU passing back positive signals only',
    'Zeiler and Fergus 2014',
    gradientOf('deconvnet'),
  ),
  ...pooled(
    'guided-backprop',
    'gradient with ReLU passing back positive signals of active neurons only',
    'Springenberg et al. 2015',
    gradientOf('guided-backprop'),
  ),
  entry('occlusion', 'drop of the logit when a window is set to zero', 'Zeiler and Fergus 2014', {
    kind: 'occlusion',
  }),
  family('lrp-epsilon-<e>', 'lrp-epsilon-0.01', `epsilon-${NUMBER}`, 'LRP: shares in proportion to x w, stabilised by e', `${BACH}, eq. 58`), // biome-ignore format: table
  family('lrp-alpha<a>-beta<b>', 'lrp-alpha2-beta1', `alpha${NUMBER}-beta${NUMBER}`, 'LRP: positive and negative contributions apart, weighed a and -b (a - b = 1)', `${BACH}, eq. 60`), // biome-ignore format: table
  family('lrp-zplus', 'lrp-zplus', 'zplus', 'LRP: positive contributions only', 'Montavon et al. 2017'),
  family('lrp-gamma-<g>', 'lrp-gamma-0.25', `gamma-${NUMBER}`, 'LRP: contributions in favour strengthened by g', 'Montavon et al. 2019; signed inputs: Andeol et al. 2021'), // biome-ignore format: table
  composite('lrp-zplus-wsquare-first', 'z+, and w^2 on the first layer', 'Montavon et al. 2017'),
  composite('lrp-zplus-zbox-first', 'z+, and zB on the first convolution', 'Montavon et al. 2017'),
  entry('deep-taylor', 'z+, and below zB for inputs of known range, else w^2', 'Montavon et al. 2017', {
    kind: 'composite',
    name: 'deep-taylor',
    table: deepTaylor,
  }),
  composite('epsilon-plus', 'epsilon on dense layers, z+ on convolutions', KOHLBRENNER),
  composite('epsilon-plus-flat', 'epsilon-plus, and flat on the first layer', KOHLBRENNER),
  composite('epsilon-plus-wsquare', 'epsilon-plus, and w^2 on the first layer', KOHLBRENNER),
  composite(
    'epsilon-alpha2-beta1',
    'epsilon on dense layers, alpha 2 beta 1 on convolutions (LRP Toolbox)',
    'Lapuschkin et al. 2016',
  ),
  composite('epsilon-alpha2-beta1-flat', 'epsilon-alpha2-beta1, and flat on the first layer', KOHLBRENNER),
  composite('epsilon-alpha2-beta1-wsquare', 'epsilon-alpha2-beta1, and w^2 on the first layer', KOHLBRENNER),
  composite(
    'epsilon-gamma-box',
    'epsilon on dense layers, gamma 0.25 on convolutions, zB on the first one',
    'Montavon et al. 2019; Anders et al. 2021',
  ),
  composite('excitation-backprop', 'z+ on every layer', 'Zhang et al. 2016'),
  composite(
    'contrastive-excitation-backprop',
    'excitation backprop minus that of the negated target, cut at 0 below the last layer',
    'Zhang et al. 2016',
  ),
  entry('random', 'random numbers: the baseline every method must beat', '', { kind: 'random' }, [], false),
  entry('center', 'nearness to the centre of the image', '', { kind: 'center' }, [], false),
  entry('edges', 'Sobel gradient of the input', '', { kind: 'edges' }, [], false),
  {
    form: 'file:<dir>',
    example: 'file:heatmaps',
    pattern: /^file:(.+)$/,
    line: 'heatmaps made elsewhere, <dir>/<image id>.npy, [H, W] or [C, H, W]',
    source: '',
    signed: true,
    signal: ([directory = '']) => ({ kind: 'file', directory }),
  },
];

function entry(
  id: string,
  line: string,
  source: string,
  signal: Signal,
  steps: readonly Step[] = [],
  signed = steps.length === 0 || steps.at(-1) === 'times-input',
): Entry {
  const pattern = new RegExp(`^${id}$`);
  return { form: id, example: id, pattern, line, source, signed, signal: () => signal, steps };
}

/** A signed signal per channel, and its two poolings over channels. */
function pooled(
  id: string,
  line: string,
  source: string,
  signal: Signal,
  steps: readonly Step[] = [],
): Entry[] {
  return [
    entry(id, line, source, signal, steps),
    entry(`${id}-l2`, `${id}, l2 norm over channels`, source, signal, [...steps, 'l2']),
    entry(`${id}-linf`, `${id}, largest absolute value over channels`, source, signal, [...steps, 'linf']),
  ];
}

/** LRP with one rule everywhere; the rule's name is the id without `lrp-`. */
function family(form: string, example: string, pattern: string, line: string, source: string): Entry {
  return {
    form,
    example,
    pattern: new RegExp(`^lrp-(${pattern})$`),
    line,
    source,
    signed: true,
    signal: ([rule = '']) => {
      parseRule(rule);
      return { kind: 'composite', name: `lrp-${rule}`, table: () => uniform(rule) };
    },
  };
}

function composite(id: string, line: string, source: string): Entry {
  return entry(id, line, source, {
    kind: 'composite',
    name: id,
    table: () => COMPOSITES[id] as Composite,
  });
}

function gradientOf(name: keyof typeof GRADIENTS): Signal {
  return { kind: 'composite', name, table: () => GRADIENTS[name], start: 'one' };
}

/**
 * The method of an id, with the composites of the config beside the built-in ones.
 * @throws InputError when there is none, with a suggestion.
 */
export function resolveMethod(id: string, composites: UserComposites = {}): Method {
  for (const { pattern, line, source, signed, signal, steps = [] } of TABLE) {
    const match = pattern.exec(id);
    if (match) return { id, line, source, signed, signal: signal(match.slice(1)), steps };
  }
  if (composites[id]) return userMethod(id, composites);
  const known = [...TABLE.map(({ example }) => example), ...Object.keys(composites)];
  throw new InputError(
    `unknown method '${id}'${didYouMean(id, known)}; 'heatproof methods' lists all methods`,
  );
}

function userMethod(id: string, composites: UserComposites): Method {
  const lines = linesOf(id, composites, []);
  return {
    id,
    line: 'composite of the config',
    source: '',
    signed: true,
    signal: { kind: 'composite', name: id, table: (bounded) => lrp(...lines(bounded)) },
    steps: [],
  };
}

/** The lines of a user's composite, those of the composites that it uses included. */
function linesOf(
  id: string,
  composites: UserComposites,
  above: readonly string[],
): (bounded: boolean) => Composite {
  if (above.includes(id)) {
    throw new InputError(`composite '${id}' uses itself: ${[...above, id].join(' -> ')}`);
  }
  const own = composites[id];
  if (!own) {
    const { signal } = resolveMethod(id);
    if (signal.kind !== 'composite')
      throw new InputError(`method '${id}' is no composite that could be used`);
    return signal.table;
  }
  const parts = own.map((line) =>
    'use' in line ? linesOf(line.use, composites, [...above, id]) : () => [line],
  );
  return (bounded) => parts.flatMap((part) => part(bounded));
}

/** All methods: the form of their ids, a line on each, and the paper it is from. */
export function listMethods(): { id: string; line: string; source: string }[] {
  return TABLE.map(({ form, line, source }) => ({ id: form, line, source }));
}

/** Numbers that a method's id does not say. */
const PARAMETERS: Partial<Record<Signal['kind'], object>> = {
  smoothgrad: SMOOTHGRAD,
  'integrated-gradients': INTEGRATED_GRADIENTS,
  occlusion: OCCLUSION,
};

/** What defines the numbers of a method, for the record of a run. */
export function definitionOf(
  id: string,
  {
    composites,
    bounded = true,
    start = 'logit',
  }: { composites?: UserComposites; bounded?: boolean; start?: 'logit' | 'one' } = {},
): Record<string, unknown> {
  const { signal, steps } = resolveMethod(id, composites);
  if (signal.kind !== 'composite') return { ...signal, ...PARAMETERS[signal.kind], pooling: steps };
  return { rules: signal.table(bounded), start: signal.start ?? start, pooling: steps };
}
