import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { hasShared, shared } from '../shared.js';
import { blocksOf } from './blocks.js';

const IMAGES = 'datasets/sample/VOCdevkit/VOC2007/JPEGImages';

/**
 * A folder in which a reader of the documents could be: the project as cloned and built, a network and images of their
 * own, and the real networks and data where they are at hand. Configs are cut to a few steps and images.
 */
export function makeWorkspace(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heatproof-docs-'));
  for (const name of ['datasets', 'examples']) symlinkSync(resolve(name), join(folder, name));
  copyConfigs(join(folder, 'configs'));
  mkdirSync(join(folder, 'node_modules'));
  symlinkSync(resolve('.'), join(folder, 'node_modules', 'heatproof'));
  writeCommand(join(folder, 'bin', 'npx'));

  cpSync('datasets/sample/network.onnx', join(folder, 'my-network.onnx'));
  cpSync('datasets/sample/classes.txt', join(folder, 'my-classes.txt'));
  const descriptor = blocksOf('README.md').find(({ text }) => text.startsWith('# my-network.yaml'));
  writeFileSync(join(folder, 'my-network.yaml'), descriptor?.text ?? '');
  mkdirSync(join(folder, 'my-images'));
  for (const name of readdirSync(IMAGES).slice(0, 3))
    cpSync(join(IMAGES, name), join(folder, 'my-images', name));

  if (hasShared) {
    symlinkSync(shared('models'), join(folder, 'models'));
    symlinkSync(shared('datasets', 'ILSVRC2012'), join(folder, 'ILSVRC2012'));
    mkdirSync(join(folder, 'data'));
    symlinkSync(shared('datasets', 'VOCdevkit'), join(folder, 'data', 'VOCdevkit'));
    mkdirSync(join(folder, 'eeg'));
    const eeg = (name: string) => shared('signals', 'eeg', name);
    for (const name of ['S001R04.edf', 'S001R08.edf', 'channels.txt'])
      symlinkSync(eeg(name), join(folder, 'eeg', name));
    symlinkSync(eeg('montage.csv'), join(folder, 'eeg', 'positions.csv'));
    symlinkSync(eeg('four-0.onnx'), join(folder, 'eeg-network.onnx'));
  }
  return folder;
}

/** `npx heatproof ...` runs what was built here, with one worker: to start another takes longer than these runs. */
function writeCommand(path: string): void {
  mkdirSync(join(path, '..'));
  const command = `"${process.execPath}" "${resolve('dist/cli/main.js')}"`;
  const workers = 'case "$1" in run) set -- "$@" --workers 1;; esac';
  writeFileSync(path, `#!/bin/sh\nshift\n${workers}\nexec ${command} "$@"\n`);
  chmodSync(path, 0o755);
}

/** One image and two steps where photographs are needed, four steps on the sample; SqueezeNet for CaffeNet. */
function copyConfigs(folder: string): void {
  cpSync('configs', folder, { recursive: true });
  for (const name of readdirSync('configs').filter((name) => name.endsWith('.yaml'))) {
    const config = parse(readFileSync(join('configs', name), 'utf8'));
    const real = name !== 'quickstart.yaml';
    if (real) config.dataset.limit = 1;
    if (config.perturbation) config.perturbation.steps = real ? 2 : 4;
    if (Array.isArray(config.model)) {
      config.model = config.model.map((path: string) => path.replace('bvlc-caffenet', 'squeezenet'));
    }
    writeFileSync(join(folder, name), stringify(config));
  }
}
