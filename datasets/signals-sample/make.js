// @ts-check
// Writes the sample's recording and network anew: node datasets/signals-sample/make.js (needs `npm run build`).
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GraphBuilder } from '../../dist/graph/builder.js';
import { BATCH } from '../../dist/graph/graph.js';
import { floatTensor } from '../../dist/graph/tensor.js';
import { toOnnx } from '../../dist/onnx/encode.js';
import { randomStream } from '../../dist/random.js';

const SEED = 15;
const CHANNELS = ['F7', 'F8', 'C3', 'Cz', 'C4', 'P3', 'P4', 'Oz'];
const RATE = 64;
/** Seconds of a trial, and between two cues. */
const [TRIAL, APART, FIRST] = [2, 2.5, 1];
const TRIALS = 24;
const SECONDS = FIRST + TRIALS * APART;
/** What a cue brings: the eyes move at once, and the hand's rhythm sinks a little later, on the other side. */
const EYES = { at: 0.3, lasting: 0.5, microvolts: 60 };
const HAND = { at: 1, lasting: 0.5, microvolts: 6 };
const SIDES = { left: { eyes: 'F7', hand: 'C4' }, right: { eyes: 'F8', hand: 'C3' } };
const NAMES = /** @type {const} */ (['left', 'right']);

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));

/** A half wave of a length in moments. */
const bump = (/** @type {number} */ length) =>
  Array.from({ length }, (_, i) => Math.sin((Math.PI * (i + 0.5)) / length));

const order = randomStream(SEED, 'order').permutation(TRIALS);
const trials = Array.from(order, (draw, i) => ({ side: NAMES[draw % 2] ?? 'left', onset: FIRST + i * APART }));

writeRecording('recordings/run.edf');
writeFileSync(file('network.onnx'), toOnnx(network()));

/** The recording in the European Data Format, a data record a second. */
function writeRecording(/** @type {string} */ name) {
  const length = Math.ceil(SECONDS) * RATE;
  const signals = CHANNELS.map((channel) => {
    // A slow noise: each moment keeps nine tenths of the one before.
    const noise = randomStream(SEED, 'noise', channel).normals(length);
    const signal = new Float64Array(length);
    for (let i = 0; i < length; i++) signal[i] = 0.9 * (signal[i - 1] ?? 0) + 4 * (noise[i] ?? 0);
    for (const { side, onset } of trials) {
      for (const { at, lasting, microvolts } of [
        { ...EYES, lasting: SIDES[side].eyes === channel ? EYES.lasting : 0 },
        { ...HAND, lasting: SIDES[side].hand === channel ? HAND.lasting : 0 },
      ]) {
        const first = Math.round((onset + at) * RATE);
        bump(lasting * RATE).forEach((value, i) => {
          signal[first + i] = (signal[first + i] ?? 0) + microvolts * value;
        });
      }
    }
    return signal;
  });
  const lists = Array.from({ length: Math.ceil(SECONDS) }, (_, second) => {
    const own = trials.filter(({ onset }) => Math.floor(onset) === second);
    return [
      `+${second}\x14\x14\0`,
      ...own.map(({ side, onset }) => `+${onset}\x15${TRIAL}\x14${side === 'left' ? 'T1' : 'T2'}\x14\0`),
    ].join('');
  });
  writeFileSync(file(name), edf(signals, lists));
}

/** @param {Float64Array[]} signals @param {string[]} lists time-stamped annotations, one string a record */
function edf(signals, lists) {
  const ANNOTATIONS = 32;
  const all = [
    ...CHANNELS.map((label) => ({ label: `${label}.`, unit: 'uV', range: 200, samples: RATE })),
    { label: 'EDF Annotations', unit: '', range: 1, samples: ANNOTATIONS },
  ];
  /** @param {number} width @param {(channel: (typeof all)[number]) => string | number} of */
  const fields = (width, of) => all.map((channel) => String(of(channel)).padEnd(width)).join('');
  const header = [
    '0'.padEnd(8),
    'X X X X'.padEnd(80),
    'Startdate 01-JAN-2026 X X X'.padEnd(80),
    '01.01.26'.padEnd(8),
    '00.00.00'.padEnd(8),
    String(256 * (all.length + 1)).padEnd(8),
    'EDF+C'.padEnd(44),
    String(lists.length).padEnd(8),
    '1'.padEnd(8),
    String(all.length).padEnd(4),
    fields(16, ({ label }) => label),
    fields(80, () => ''),
    fields(8, ({ unit }) => unit),
    fields(8, ({ range }) => -range),
    fields(8, ({ range }) => range),
    fields(8, () => -32767),
    fields(8, () => 32767),
    fields(80, () => ''),
    fields(8, ({ samples }) => samples),
    fields(32, () => ''),
  ].join('');
  const records = lists.map((list, record) => {
    const numbers = signals.map((signal) => {
      const block = Buffer.alloc(2 * RATE);
      signal.subarray(record * RATE, (record + 1) * RATE).forEach((value, i) => {
        block.writeInt16LE(Math.round(Math.max(-1, Math.min(1, value / 200)) * 32767), 2 * i);
      });
      return block;
    });
    const block = Buffer.alloc(2 * ANNOTATIONS);
    block.write(list, 'latin1');
    return Buffer.concat([...numbers, block]);
  });
  return Buffer.concat([Buffer.from(header, 'latin1'), ...records]);
}

/**
 * A filter a channel of interest, which answers to half waves there; what it finds beyond a threshold, averaged over time,
 * counts for a side. Made, not trained: the eyes count, and the hand hardly.
 */
function network() {
  const looked = [SIDES.left.eyes, SIDES.right.eyes, SIDES.left.hand, SIDES.right.hand];
  const wave = bump(EYES.lasting * RATE);
  const power = wave.reduce((sum, value) => sum + value * value, 0);
  const filters = new Float32Array(looked.length * CHANNELS.length * wave.length);
  looked.forEach((channel, f) => {
    const at = (f * CHANNELS.length + CHANNELS.indexOf(channel)) * wave.length;
    filters.set(
      wave.map((value) => value / power),
      at,
    );
  });
  const builder = new GraphBuilder('signals-sample');
  const length = TRIAL * RATE;
  builder.input({ name: 'input', type: 'float32', shape: [BATCH, CHANNELS.length, length] });
  const kernel = wave.length;
  const conv = builder.add(
    'Conv',
    [
      'input',
      builder.store(floatTensor([looked.length, CHANNELS.length, kernel], filters), 'filters'),
      builder.store(floatTensor([looked.length], Float32Array.of(-20, -20, 0, 0)), 'thresholds'),
    ],
    { kernel_shape: [kernel], strides: [1], pads: [0, 0], dilations: [1], group: 1 },
  );
  const places = length - kernel + 1;
  const mean = builder.add('AveragePool', [builder.add('Relu', [conv])], {
    kernel_shape: [places],
    strides: [1],
    pads: [0, 0],
    ceil_mode: 0,
    count_include_pad: 1,
  });
  const flat = builder.add('Flatten', [mean], { axis: 1 });
  const weights = Float32Array.of(1, 0, 0.02, 0, 0, 1, 0, 0.02);
  return builder.build([
    builder.add('Gemm', [flat, builder.store(floatTensor([2, 4], weights), 'weights')], { transB: 1 }),
  ]);
}
