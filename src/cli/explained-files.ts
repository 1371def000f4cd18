import { join } from 'node:path';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { writeNpy } from '../files/npy.js';
import type { Explanation } from '../library/explain.js';
import type { LayerExplanation } from '../library/layer.js';
import type { Classifier } from '../library/network.js';

/** What `<id>.<method>.json` says. */
export interface Facts {
  readonly file: string;
  readonly method: string;
  readonly target: number;
  readonly label: string;
  readonly logit: number;
  readonly start: 'logit' | 'one';
  readonly sum: number;
  /** What the sum should be, where it should be something: the output at the input minus that at a baseline. */
  readonly expected?: number;
  /** Forward passes of other inputs that it took, of methods that see a network from outside. */
  readonly passes?: number;
  /** How many of these computed only what differs from an input before. */
  readonly incrementalPasses?: number;
  /** What all methods took together. */
  readonly seconds: number;
  /** The inner layer that it was computed at, where it was. */
  readonly layer?: string;
}

/** The input that was explained, by the name of its file. */
interface About {
  readonly id: string;
  readonly network: Classifier;
  readonly logits: Float32Array;
  readonly seconds: number;
}

/**
 * Writes `<id>.<method>.npy`, the relevance in the shape of the input, and `<id>.<method>.json` for every explanation; of
 * one that was computed at an inner layer also `<id>.<method>.layer.npy`, the numbers there.
 */
export async function writeExplanations(
  folder: string,
  about: About,
  explanations: readonly Explanation[],
): Promise<Facts[]> {
  const { kind, heatmapShape } = about.network.layout;
  const facts: Facts[] = [];
  for (const explanation of explanations) {
    const { inner, channels } = explanation;
    if (inner) {
      const places = kind === 'image' ? [inner.rows, inner.columns] : [inner.columns];
      const shape = inner.channels === 1 ? places : [inner.channels, ...places];
      await writeAtomic(`${stemOf(folder, about, explanation)}.layer.npy`, writeNpy(shape, inner.relevance));
    }
    // Where channels are told apart, they are rows of the heatmap.
    const isWhole = kind === 'features' || kind === 'channels';
    const shape = isWhole ? heatmapShape : [channels, ...heatmapShape];
    facts.push(await write(folder, about, { ...explanation, shape, layer: inner?.layer }));
  }
  return facts;
}

/** Writes `<id>.<method>.npy`, the relevance of an inner layer in its shape, and `<id>.<method>.json` for every explanation. */
export async function writeLayers(
  folder: string,
  about: About,
  explanations: readonly LayerExplanation[],
): Promise<Facts[]> {
  const facts: Facts[] = [];
  for (const explanation of explanations) facts.push(await write(folder, about, explanation));
  return facts;
}

type Written = Omit<LayerExplanation, 'layer'> & { readonly layer: string | undefined } & Pick<
    Explanation,
    'expected' | 'passes' | 'incrementalPasses'
  >;

async function write(
  folder: string,
  about: About,
  { method, target, start, relevance, shape, layer, expected, passes, incrementalPasses }: Written,
): Promise<Facts> {
  const stem = stemOf(folder, about, { method });
  await writeAtomic(`${stem}.npy`, writeNpy(shape, relevance));
  const fact: Facts = {
    file: `${stem}.npy`,
    method,
    target,
    label: about.network.labels[target] as string,
    logit: about.logits[target] as number,
    start,
    sum: relevance.reduce((sum, value) => sum + value, 0),
    ...(expected !== undefined && { expected }),
    ...(passes !== undefined && { passes }),
    ...(incrementalPasses !== undefined && { incrementalPasses }),
    seconds: about.seconds,
    ...(layer !== undefined && { layer }),
  };
  await writeAtomic(`${stem}.json`, `${JSON.stringify(fact, null, 2)}\n`);
  return fact;
}

function stemOf(folder: string, { id }: About, { method }: { readonly method: string }): string {
  return join(folder, `${id}.${fileName(method)}`);
}
