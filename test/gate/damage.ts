import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT } from '../cli/heatproof.js';

/** Replaces a text that stands exactly once in a file of dist/. */
export interface Damage {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * A build of heatproof with a defect, in a folder of its own: everything is linked to, but dist/ is copied and damaged.
 * What a run of it says of itself, its definition record, is that of the sound build.
 */
export function damagedBuild(folder: string, damages: readonly Damage[]): string {
  for (const entry of readdirSync(BUILT)) {
    if (entry !== 'dist') symlinkSync(join(BUILT, entry), join(folder, entry));
  }
  cpSync(join(BUILT, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const { file, from, to } of damages) {
    const path = join(folder, 'dist', file);
    const text = readFileSync(path, 'utf8');
    const times = text.split(from).length - 1;
    if (times !== 1) throw new Error(`${file}: expected '${from}' once, got ${times} times`);
    writeFileSync(path, text.replace(from, to));
  }
  return folder;
}

/** LRP with alpha in beta's place, and beta in alpha's. */
export const ALPHA_BETA_SWAPPED: readonly Damage[] = [
  { file: 'explain/rules.js', from: 'scale: alpha, positive: 1', to: 'scale: beta, positive: 1' },
  { file: 'explain/rules.js', from: 'scale: -beta, positive: 0', to: 'scale: -alpha, positive: 0' },
];

/** The rules see one square layer of the network with its filters and channels interchanged; the forward pass does not. */
export function transposedWeights(layer: string): readonly Damage[] {
  const transpose = `(() => {
    const name = forward.nodes.find((node) => node.name === '${layer}').inputs[1];
    const { dims: [filters, channels, ...kernel], data, ...rest } = forward.constants.get(name);
    const taps = kernel.reduce((a, b) => a * b, 1);
    const transposed = data.map((_, i) => {
      const [filter, channel] = [Math.floor(i / (channels * taps)), Math.floor(i / taps) % channels];
      return data[(channel * channels + filter) * taps + (i % taps)];
    });
    const tensor = { ...rest, dims: [filters, channels, ...kernel], data: transposed };
    return { ...forward, constants: new Map(forward.constants).set(name, tensor) };
  })()`;
  return [{ file: 'explain/compile.js', from: 'graph: forward,', to: `graph: ${transpose},` }];
}
