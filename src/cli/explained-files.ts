import { join } from 'node:path';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { writeNpy } from '../files/npy.js';
import { layoutOf } from '../input/layout.js';
import type { Explanation } from '../library/explain.js';
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
  /** What all methods took together. */
  readonly seconds: number;
}

/** The input that was explained, by the name of its file. */
interface About {
  readonly id: string;
  readonly network: Classifier;
  readonly logits: Float32Array;
  readonly seconds: number;
}

/** Writes `<id>.<method>.npy`, the relevance in the shape of the input, and `<id>.<method>.json` for every explanation. */
export async function writeExplanations(
  folder: string,
  { id, network: { inputShape, labels }, logits, seconds }: About,
  explanations: readonly Explanation[],
): Promise<Facts[]> {
  const { kind, heatmapShape } = layoutOf(inputShape);
  const facts: Facts[] = [];
  for (const { method, target, start, relevance, channels } of explanations) {
    const stem = join(folder, `${id}.${fileName(method)}`);
    const shape = kind === 'features' ? inputShape : [channels, ...heatmapShape];
    await writeAtomic(`${stem}.npy`, writeNpy(shape, relevance));
    const fact: Facts = {
      file: `${stem}.npy`,
      method,
      target,
      label: labels[target] as string,
      logit: logits[target] as number,
      start,
      sum: relevance.reduce((sum, value) => sum + value, 0),
      seconds,
    };
    await writeAtomic(`${stem}.json`, `${JSON.stringify(fact, null, 2)}\n`);
    facts.push(fact);
  }
  return facts;
}
