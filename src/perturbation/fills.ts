import { InputError, mismatch } from '../errors.js';
import { gaussianBlur } from '../input/blur.js';
import { layoutOf } from '../input/layout.js';
import { type ChannelRange, ownRange } from '../input/range.js';
import { cutUnit, pasteUnit, placesOf, type Units, unitMask } from '../input/units.js';
import { type RandomStream, randomStream } from '../random.js';
import { bridgeGaps } from './bridge.js';
import { imputeLinearly } from './imputation.js';

/**
 * What replaces removed units, in network-input space: a patch a unit, or, where the replacement depends on everything
 * that is removed, a whole image. Every draw is keyed by (seed, image, repeat, unit), so that all methods and orders of
 * an image meet the same fills.
 */
export type Fill = UnitFill | ImageFill;

export interface UnitFill {
  readonly units: Units;
  /** The numbers of a unit, channel by channel. */
  patch(repeat: number, unit: number): Float32Array;
}

export interface ImageFill {
  readonly units: Units;
  /** The whole input after `removed` units were removed. */
  image(repeat: number, removed: Int32Array): Float32Array;
}

/** Everything that a fill may depend on. */
export interface FillContext {
  range: ChannelRange;
  seed: number;
  imageId: string;
  /** The network input, not changed. */
  input: Float32Array;
  units: Units;
  /** Mean of the data set at every place, in the shape of the input; only `constant` needs it. */
  meanImage?: Float32Array;
  /** Embeddings of what fills up a text and of what stands for unknown words; only `pad` and `unknown` need them. */
  tokenVectors?: { readonly pad?: Float32Array; readonly unknown?: Float32Array };
}

interface FillEntry {
  /** One line for the definition record. */
  line: string;
  /** It draws from the range between black and white, which signals have none of. */
  ofImages?: true;
  /** It stands for a word of a text. */
  ofTexts?: true;
  create(context: FillContext): Fill;
}

/** Standard deviation of the blur, in pixels (Samek et al. 2017, section IV-B). */
const BLUR_SIGMA = 3;
/** Standard deviation of ROAD's noise, as a share of the image range. */
const IMPUTATION_NOISE = 0.01;

const FILLS = {
  uniform: {
    line: 'every pixel and channel drawn independently and uniformly from the image range (image space, continuous)',
    ofImages: true,
    create: (context) =>
      drawn(context, 'uniform', (stream, places, { low, high }) =>
        perChannel(low.length, places, (c, at) => between(low, high, c, stream.uniform(at))),
      ),
  },
  dirichlet: {
    line: 'the channels of every pixel drawn from a flat Dirichlet distribution: shares of the image range that sum to 1',
    ofImages: true,
    create: (context) => drawn(context, 'dirichlet', dirichletPatch),
  },
  mean: {
    line: 'the mean pixel that preprocessing subtracts (black where it subtracts none; of arrays their own mean)',
    create: (context) => fromImage(context, flatImage(context, context.range.mean)),
  },
  black: {
    line: 'black',
    ofImages: true,
    create: (context) => fromImage(context, flatImage(context, context.range.low)),
  },
  blur: {
    line: `the image itself, blurred by a Gaussian of sigma ${BLUR_SIGMA}`,
    create: (context) => fromImage(context, gaussianBlur(context.input, byChannel(context), BLUR_SIGMA)),
  },
  constant: {
    line: "the data set's mean at the same place",
    create: (context) => fromImage(context, meanImage(context)),
  },
  linear: {
    line: `noisy linear imputation (ROAD): weighted mean of the eight neighbours, noise ${IMPUTATION_NOISE} of the image range`,
    ofImages: true,
    create: noisyLinear,
  },
  zero: {
    line: '0 as the network reads it',
    create: (context) => fromImage(context, new Float32Array(context.input.length)),
  },
  'channel-mean': {
    line: "the mean of the input's own channel",
    create: (context) => fromImage(context, channelMeans(context)),
  },
  bridge: {
    line: 'a straight line, along every row of every channel, between what is left on either side of the gap; 0 where nothing is left of a row',
    create: bridging,
  },
  pad: {
    line: 'the embedding of what fills up a text (padding)',
    ofTexts: true,
    create: (context) => fromImage(context, tokenImage(context, 'pad')),
  },
  unknown: {
    line: 'the embedding of what stands for unknown words',
    ofTexts: true,
    create: (context) => fromImage(context, tokenImage(context, 'unknown')),
  },
} satisfies Record<string, FillEntry>;

export type FillKind = keyof typeof FILLS;
export const FILL_KINDS = Object.keys(FILLS) as FillKind[];

/** One line on what a fill puts into removed regions, for the definition record. */
export function describeFill(kind: FillKind): string {
  return FILLS[kind].line;
}

/** The fills that need no range of the input: those for signals. */
export const FILLS_WITHOUT_RANGE = FILL_KINDS.filter(
  (kind) => !('ofImages' in FILLS[kind] || 'ofTexts' in FILLS[kind]),
);

/** The fills that stand for a word of a text. */
export const TEXT_FILLS: readonly FillKind[] = [
  'zero',
  ...FILL_KINDS.filter((kind) => 'ofTexts' in FILLS[kind]),
];

/**
 * The fill of one image.
 * @throws InputError when the range or the mean image does not fit the input.
 */
export function createFill(kind: FillKind, context: FillContext): Fill {
  const { units, range } = context;
  const { channels } = units.layout;
  for (const [bound, values] of Object.entries(range) as [string, number[]][]) {
    if (values.length !== channels) {
      throw mismatch({
        what: `image range '${bound}'`,
        where: `fill ${kind}`,
        expected: `${channels} values, one a channel of the input`,
        got: String(values.length),
      });
    }
  }
  return FILLS[kind].create(context);
}

/**
 * The other way round (insertion, Petsiuk et al. 2018): start from the image with every unit filled, and put the
 * original ones back.
 */
export function insertion(
  context: FillContext,
  fill: Fill,
  repeat: number,
): { input: Float32Array; fill: Fill } {
  const { units, input } = context;
  const all = Int32Array.from({ length: units.count }, (_, unit) => unit);
  const start = 'image' in fill ? fill.image(repeat, all) : input.slice();
  if ('patch' in fill) {
    for (const unit of all) pasteUnit(start, units, unit, fill.patch(repeat, unit));
  }
  return { input: start, fill: fromImage(context, input) };
}

/** Units cut out of one image, whatever the repeat. */
function fromImage({ units }: FillContext, image: Float32Array): UnitFill {
  return { units, patch: (_, unit) => cutUnit(image, units, unit) };
}

type PatchDraw = (stream: RandomStream, places: number, range: ChannelRange) => Float32Array;

/** Units drawn from their own random stream. */
function drawn({ seed, imageId, units, range }: FillContext, name: string, draw: PatchDraw): UnitFill {
  return {
    units,
    patch: (repeat, unit) =>
      draw(randomStream(seed, name, imageId, repeat, unit), placesOf(units, unit), range),
  };
}

/** A patch from a function of the channel and the position in the patch. */
function perChannel(
  channels: number,
  places: number,
  value: (c: number, at: number) => number,
): Float32Array {
  const patch = new Float32Array(channels * places);
  for (let c = 0, at = 0; c < channels; c++) {
    for (const end = at + places; at < end; at++) patch[at] = value(c, at);
  }
  return patch;
}

/** Flat Dirichlet shares are exponential variates divided by their sum. */
const dirichletPatch: PatchDraw = (stream, places, { low, high }) => {
  const exponential = (at: number) => -Math.log(1 - stream.uniform(at));
  return perChannel(low.length, places, (c, at) => {
    let sum = 0;
    for (let other = 0; other < low.length; other++) sum += exponential(other * places + (at % places));
    return between(low, high, c, exponential(at) / sum);
  });
};

/** The value at a share of channel c's range. */
function between(low: readonly number[], high: readonly number[], c: number, share: number): number {
  return (low[c] as number) + ((high[c] as number) - (low[c] as number)) * share;
}

/** An image of one colour. */
function flatImage({ units }: FillContext, colour: readonly number[]): Float32Array {
  return perChannel(colour.length, units.layout.places, (c) => colour[c] as number);
}

/** A text of one token throughout. @throws InputError where its embedding is not known */
function tokenImage(context: FillContext, token: 'pad' | 'unknown'): Float32Array {
  const vector = context.tokenVectors?.[token];
  if (vector) return flatImage(context, [...vector]);
  throw mismatch({
    what: `fill ${token}`,
    where: context.imageId,
    expected: 'a network that reads ids of words, and a vocabulary that has one for it',
    got: 'neither or only one of them',
  });
}

/** The channels of an input, whether or not units tell them apart. */
function byChannel({ units }: FillContext) {
  return layoutOf(units.layout.shape);
}

function channelMeans(context: FillContext): Float32Array {
  const layout = byChannel(context);
  const { mean } = ownRange(context.input, layout);
  return perChannel(layout.channels, layout.places, (c) => mean[c] as number);
}

function bridging({ units, input }: FillContext): ImageFill {
  return { units, image: (_, removed) => bridgeGaps(input, units.layout, unitMask(units, removed)) };
}

function meanImage({ meanImage, input, units }: FillContext): Float32Array {
  if (!meanImage) throw new InputError("fill constant: expected the data set's mean image, got none");
  if (meanImage.length !== input.length) {
    throw mismatch({
      what: 'mean image',
      where: 'fill constant',
      expected: `${input.length} values of shape [${units.layout.shape}]`,
      got: String(meanImage.length),
    });
  }
  return meanImage;
}

/** ROAD: linear imputation of everything removed so far, plus noise that stays with its pixel. */
function noisyLinear({ seed, imageId, units, input, range }: FillContext): ImageFill {
  const { rows, columns, places } = units.layout;
  return {
    units,
    image(repeat, removedUnits) {
      const removed = unitMask(units, removedUnits);
      const image = imputeLinearly(input, rows, columns, removed, range.mean);
      const stream = randomStream(seed, 'linear', imageId, repeat);
      for (const [at, value] of image.entries()) {
        if (!removed[at % places]) continue;
        const c = Math.floor(at / places);
        const span = (range.high[c] as number) - (range.low[c] as number);
        image[at] = value + IMPUTATION_NOISE * span * stream.normal(at);
      }
      return image;
    },
  };
}
