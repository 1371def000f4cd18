import { edgesOf } from '../../../explain/attributions/baselines.js';
import { underNoise } from '../../../explain/attributions/noisy.js';
import type { Explained } from '../../../explain/explainer.js';
import { sumOverChannels } from '../../../explain/heatmap.js';
import type { ExplainRequest } from '../../../explain/request.js';
import { likeness, RANDOM_LOGIT } from '../../../metrics/sanity-metrics.js';
import { randomStream } from '../../../random.js';
import type { ExplainedClass, MethodMap } from '../explained-class.js';
import type { SanityConfig } from './config.js';

type Values = Readonly<Record<string, number | undefined>>;

/** How similar the heatmaps of another class are, drawn by seed and image; undefined where the network has no other one. */
export async function otherClass(
  { request, instruments: { network, explainers } }: ExplainedClass,
  checked: readonly MethodMap[],
  { seed }: Pick<SanityConfig, 'seed'>,
): Promise<Values[] | undefined> {
  const { target, weights, ...asked } = request;
  const others = Array.from({ length: network.classes }, (_, index) => index).filter(
    (index) => index !== target && !weights?.[index],
  );
  if (others.length === 0) return undefined;
  const drawn = others[randomStream(seed, 'other class', request.id).integer(0, others.length)] as number;
  const explained = await explainers.explain([{ ...asked, target: drawn }]);
  return checked.map(({ method, values, columns }) => {
    const at = explainers.methods.findIndex(({ id }) => id === method);
    const second = sumOverChannels(explained[at]?.[0] as Explained);
    const pair = { first: values, second, width: columns };
    return Object.fromEntries(Object.entries(RANDOM_LOGIT).map(([id, of]) => [id, of(pair)]));
  });
}

/** How similar a heatmap is to the image itself, in grey, and to its edges; no value of what is no image. */
export function likenessOf(
  { values: first, columns: width }: MethodMap,
  { request: { input }, instruments: { network } }: ExplainedClass,
): Values {
  const { layout } = network;
  if (layout.kind !== 'image') return {};
  const { channels, places } = layout;
  const grey = Float64Array.from({ length: places }, (_, place) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += input[c * places + place] as number;
    return sum / channels;
  });
  return {
    ssim_to_input: likeness({ first, second: grey, width }),
    ssim_to_edges: likeness({ first, second: edgesOf(layout, { input }), width }),
  };
}

/** The input under normal noise, as SmoothGrad draws it, by seed and image. */
export function noisyCopies(
  request: ExplainRequest,
  { samples, noise, seed }: Pick<SanityConfig, 'samples' | 'noise' | 'seed'>,
): ExplainRequest[] {
  return Array.from({ length: samples }, (_, sample) => ({
    ...request,
    input: underNoise(request.input, noise, randomStream(seed, 'noisy copy', request.id, sample)),
  }));
}
