import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect } from 'vitest';
import type { UnitResult } from '../../src/evaluation/unit.js';
import { writeNpy } from '../../src/files/npy.js';
import { journalLine } from '../../src/results/journal.js';
import { builtHere } from '../cli/heatproof.js';
import { recordingFile } from '../datasets/edf-file.js';
import { caffemodelBytes, input } from '../import/caffe-file.js';
import { exportedNetwork } from '../import/exported-network.js';
import { plain } from '../perturbation/networks.js';
import { randomInputs, writeExperiment } from '../run/experiment.js';
import { hasShared, shared } from '../shared.js';
import type { Dice } from './dice.js';
import { bytesMutant, jsonMutant, textMutant } from './mutants.js';
import { onnxMutant } from './onnx-mutants.js';
import type { Job } from './watched.js';

/** One kind of file, with how many mutants of it are read. */
export interface Kind {
  readonly mutants: number;
  /** Writes the file as it is (without dice) or a mutant of it; returns what reads it. */
  write(dice?: Dice): Job;
}

const SAMPLE = join('datasets', 'sample', 'VOCdevkit', 'VOC2007');

const PROTOTXT = `${input(3, 8, 8)}
layer { name: "conv" type: "Convolution" bottom: "data" top: "conv" convolution_param { num_output: 2 kernel_size: 3 pad: 1 stride: 2 } }
layer { name: "pool" type: "Pooling" bottom: "conv" top: "pool" pooling_param { pool: AVE kernel_size: 3 stride: 2 } }
layer { name: "norm" type: "LRN" bottom: "pool" top: "norm" lrn_param { local_size: 3 alpha: 0.1 } }
layer { name: "relu" type: "ReLU" bottom: "norm" top: "norm" }
layer { name: "fc" type: "InnerProduct" bottom: "norm" top: "fc" inner_product_param { num_output: 3 } }
layer { name: "prob" type: "Softmax" bottom: "fc" top: "prob" }`;

const blob = (...dims: number[]) => ({ dims, data: Array(dims.reduce((a, b) => a * b)).fill(0.5) });

const layer = (class_name: string, config: object) => ({ class_name, config });
const weight = (name: string, ...shape: number[]) => ({ name, shape, dtype: 'float32' });
const MODEL_JSON = JSON.stringify({
  format: 'layers-model',
  modelTopology: layer('Sequential', {
    name: 'net',
    layers: [
      layer('Conv2D', {
        ...{ name: 'conv', batch_input_shape: [null, 6, 6, 2], filters: 2, kernel_size: [3, 3] },
        ...{
          strides: [1, 1],
          padding: 'same',
          data_format: 'channels_last',
          activation: 'relu',
          use_bias: true,
        },
      }),
      layer('Flatten', { name: 'flat' }),
      layer('Dense', { name: 'fc', units: 3, activation: 'softmax', use_bias: true }),
    ],
  }),
  weightsManifest: [
    {
      paths: ['weights.bin'],
      weights: [
        ...[weight('conv/kernel', 3, 3, 2, 2), weight('conv/bias', 2)],
        ...[weight('fc/kernel', 72, 3), weight('fc/bias', 3)],
      ],
    },
  ],
});

const SIDE = 16;
const DESCRIPTOR = `name: net
weights: network.onnx
preprocessing: {resize: [${SIDE}, ${SIDE}], channels: grey, scale: 1, mean: 127.5, std: 64}
labels: labels.txt
`;

const RECORDING = {
  channels: [{ label: 'Cz', values: Array.from({ length: 64 }, (_, i) => i) }],
  records: 4,
  annotations: ['+0\u0014\u0014\u0000', '+1\u0014T1\u0014\u0000', '', ''],
};

const IMAGES = ['jpeg', 'png', 'webp', 'gif', 'tiff'] as const;

/** Writes in a folder what the files need beside them, and says what kinds of files there are. */
export async function kindsIn(folder: string): Promise<Record<string, Kind>> {
  const at = (...parts: string[]) => join(folder, ...parts);
  const { graph, inputShape } = plain(1, [1, SIDE, SIDE]);
  const config = writeExperiment(folder, graph, randomInputs(2, inputShape), {
    name: 'run',
    methods: ['lrp-zplus', 'random'],
    perturbation: { region: 8, steps: 4 },
    complexity: true,
  });
  writeFileSync(at('net.prototxt'), PROTOTXT);
  writeFileSync(at('net.yaml'), DESCRIPTOR);
  writeFileSync(at('labels.txt'), 'a\nb\nc\nd\ne\n');
  writeFileSync(at('weights.bin'), Buffer.alloc(4 * (36 + 2 + 216 + 3)));
  mkdirSync(at('run'));
  const done = { code: 0, stderr: '' };
  expect(await builtHere(['run', config, '--out', at('run'), '--quiet', '--workers', '1'])).toMatchObject(
    done,
  );
  expect(await builtHere(['gate', at('run'), '--baseline', at('whole.json'), '--update'])).toMatchObject(
    done,
  );

  /** A file that the command line reads: `*` stands for its path. */
  const given = <T extends string | Uint8Array>(
    mutants: number,
    name: string,
    content: T,
    mutant: (content: T, dice: Dice) => string | Uint8Array,
    command: readonly string[] | string,
  ): Kind => ({
    mutants,
    write: (dice) => {
      writeFileSync(at(name), dice ? mutant(content, dice) : content);
      if (typeof command === 'string') return { reader: command, args: [at(name)] };
      return { args: command.map((word) => (word === '*' ? at(name) : word)) };
    },
  });
  const inspect = ['inspect', '*'];
  const explain = ['--model', at('net.yaml'), '--method', 'gradient-x-input', '--out', at('explained')];
  const caffemodel = caffemodelBytes({ conv: [blob(2, 3, 3, 3), blob(2)], fc: [blob(3, 8), blob(3)] });
  const array = writeNpy([1, SIDE, SIDE], new Float32Array(SIDE * SIDE).fill(0.5));
  const text = (path: string) => readFileSync(path, 'utf8');

  /** A file of a finished run, which a command reads. */
  const ofRun = (
    mutants: number,
    name: string,
    mutant: (content: string, dice: Dice) => string | Uint8Array,
    command: 'report' | 'table',
  ): Kind => ({
    mutants,
    write: (dice) => {
      rmSync(at('mutant'), { recursive: true, force: true });
      cpSync(at('run'), at('mutant'), { recursive: true });
      if (dice) writeFileSync(at('mutant', name), mutant(text(at('run', name)), dice));
      return { args: [command, at('mutant')] };
    },
  });

  const kinds: Record<string, Kind> = {
    'ONNX, bytes': given(300, 'bytes.onnx', exportedNetwork(), bytesMutant, inspect),
    'ONNX, operators': given(300, 'operators.onnx', exportedNetwork(), onnxMutant, inspect),
    prototxt: given(200, 'mutant.prototxt', PROTOTXT, textMutant, inspect),
    caffemodel: given(150, 'net.caffemodel', caffemodel, bytesMutant, [
      ...inspect,
      '--prototxt',
      at('net.prototxt'),
    ]),
    'model.json, values': given(150, 'model.json', MODEL_JSON, jsonMutant, inspect),
    'model.json, text': given(80, 'model.json', MODEL_JSON, textMutant, inspect),
    experiment: given(120, 'mutant.yaml', text(config), textMutant, inspect),
    descriptor: given(80, 'descriptor.yaml', DESCRIPTOR, textMutant, inspect),
    annotation: given(
      200,
      'a.xml',
      text(join(SAMPLE, 'Annotations', '000001.xml')),
      textMutant,
      'annotation',
    ),
    'class map': given(60, 'map.json', '{"boat": [0, 3], "cat": [1]}', textMutant, 'classMap'),
    labels: given(30, 'names.txt', 'boat\ncat\ncrane\n', textMutant, 'classes'),
    recording: given(120, 'a.edf', recordingFile(RECORDING), bytesMutant, 'recording'),
    array: given(100, 'a.npy', array, bytesMutant, 'sample'),
    'array, explained': given(20, 'a.npy', array, bytesMutant, ['explain', '--input', '*', ...explain]),
    'journal, text': ofRun(15, 'journal.jsonl', textMutant, 'table'),
    'journal, units': ofRun(30, 'journal.jsonl', journalMutant, 'report'),
    'run.json': ofRun(30, 'run.json', jsonMutant, 'report'),
    'selection.json': ofRun(25, 'selection.json', jsonMutant, 'table'),
    baseline: given(100, 'baseline.json', text(at('whole.json')), jsonMutant, [
      'gate',
      at('run'),
      '--baseline',
      '*',
    ]),
  };
  for (const format of IMAGES) {
    const photo = sharp(join(SAMPLE, 'JPEGImages', '000001.jpg')).resize(24, 24);
    const bytes = await photo[format]().toBuffer();
    kinds[format] = given(40, `a.${format}`, bytes, bytesMutant, 'sample');
    kinds[`${format}, explained`] = given(2, `a.${format}`, bytes, bytesMutant, ['explain', '*', ...explain]);
  }
  for (const name of hasShared
    ? ['golden/conv1d/model', 'golden-transformers/mnist-vit-371/model-opset17']
    : []) {
    kinds[name] = given(60, 'real.onnx', readFileSync(shared(`${name}.onnx`)), bytesMutant, inspect);
  }
  return kinds;
}

/** A journal whose checksums are right, whatever its units say. */
function journalMutant(text: string, dice: Dice): string {
  const lines = text.trimEnd().split('\n');
  const at = dice.below(lines.length);
  const { unit } = JSON.parse(lines[at] as string);
  lines[at] = journalLine(JSON.parse(jsonMutant(JSON.stringify(unit), dice)) as UnitResult);
  return `${lines.join('\n')}\n`;
}
