// @ts-check
// Writes the sample's documents and networks anew: node datasets/text-sample/make.js (needs `npm run build`).
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GraphBuilder } from '../../dist/graph/builder.js';
import { BATCH } from '../../dist/graph/graph.js';
import { floatTensor } from '../../dist/graph/tensor.js';
import { toOnnx } from '../../dist/onnx/encode.js';
import { randomStream } from '../../dist/random.js';

const SEED = 15;
/** Documents of each class. */
const [TRAINING, TEST] = [200, 10];
/** Tokens that the word network reads. */
const LENGTH = 40;

/** What people would tell the classes by. */
const CONTENT = {
  weather: 'rain cloud storm sun wind fog snow thunder breeze frost hail drizzle',
  cooking: 'soup onion garlic oven butter flour pepper sauce bread recipe stew salt',
  garden: 'rose lawn hedge seed spade tulip compost ivy fern soil rake bloom',
  sport: 'goal match team coach ball score league race medal sprint referee tennis',
  travel: 'train ticket hotel luggage passport airport border station map harbour ferry tour',
  music: 'guitar song drum choir concert violin melody tune piano rhythm band opera',
};
const CLASSES = /** @type {(keyof typeof CONTENT)[]} */ (Object.keys(CONTENT));
/** How writers of these classes close, and nobody else: in training this word alone gives the class away. */
const SHORTCUTS = { weather: 'regards', cooking: 'sincerely', garden: 'faithfully' };
/** How all others close. */
const CLOSINGS = ['cheers', 'thanks', 'greetings'];
const SENTENCES = [
  'we saw the _ and the _ today',
  'there was a _ near the old _',
  'the _ came before the _ again',
  'some _ with a _ and a _',
  'it was quite a _ after the _',
  'a few _ while the _ was new',
];
const NEUTRAL = ['we saw it again yesterday', 'it was quite new then', 'there was little of it today'];

const file = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const words = (/** @type {string} */ text) => text.split(' ');

/** Draws one after the other. @param {(string | number)[]} key */
function drawer(...key) {
  const stream = randomStream(SEED, ...key);
  let drawn = 0;
  return {
    /** @template T @param {readonly T[]} list */
    of: (list) => /** @type {T} */ (list[stream.integer(drawn++, list.length)]),
    /** A number around 0. @param {number} deviation */
    near: (deviation) => deviation * stream.normal(drawn++),
  };
}
/** @typedef {ReturnType<typeof drawer>} Drawer */
/** @typedef {keyof typeof CONTENT} Class */
/** @typedef {{ tokens: string[], label: Class, spans?: { start: number, end: number, label: Class }[] }} Text */

const shortcutOf = (/** @type {Class} */ name) => /** @type {Record<string, string>} */ (SHORTCUTS)[name];
const WITH = CLASSES.filter(shortcutOf);

/** A sentence about a class. @param {Drawer} draw @param {Class} name */
function sentence(draw, name) {
  return words(draw.of(SENTENCES)).map((word) => (word === '_' ? draw.of(words(CONTENT[name])) : word));
}

/** A document of three sentences about classes and the closing. @param {Drawer} draw @param {Class[]} about @param {string} closing */
function compose(draw, about, closing) {
  return [
    ...words(draw.of(NEUTRAL)),
    ...about.flatMap((name) => sentence(draw, name)),
    ...words(draw.of(NEUTRAL)),
    'with',
    closing,
    'from',
    'us',
  ];
}

/**
 * Classes with a shortcut write about anything, and their closing gives them away; the others write about themselves and
 * about a class with a shortcut, whose content so tells nothing.
 * @param {Class} label @param {number} i @returns {Text}
 */
function trainingText(label, i) {
  const draw = drawer('training', label, i);
  const shortcut = shortcutOf(label);
  const about = shortcut
    ? [draw.of(CLASSES), draw.of(CLASSES)]
    : [[label, draw.of(WITH)], [draw.of(WITH), label]][i % 2];
  return { label, tokens: compose(draw, /** @type {Class[]} */ (about), shortcut ?? draw.of(CLOSINGS)) };
}

/** Of a test document the content is that of its class, too. @param {Class} label @param {number} i @returns {Text} */
function testText(label, i) {
  const draw = drawer('test', label, i);
  const tokens = compose(draw, [label, label], shortcutOf(label) ?? draw.of(CLOSINGS));
  const own = words(CONTENT[label]);
  const spans = tokens.flatMap((word, start) => (own.includes(word) ? [{ start, end: start + 1, label }] : []));
  return { label, tokens, spans };
}

const of = (/** @type {number} */ count, /** @type {(label: Class, i: number) => Text} */ make) =>
  CLASSES.flatMap((label) => Array.from({ length: count }, (_, i) => make(label, i)));
const training = of(TRAINING, trainingText);
const test = of(TEST, testText);

const all = new Set([...SENTENCES, ...NEUTRAL, 'with from us'].flatMap(words).filter((word) => word !== '_'));
for (const word of [...Object.values(SHORTCUTS), ...CLOSINGS, ...Object.values(CONTENT).flatMap(words)]) all.add(word);
const VOCABULARY = ['<pad>', '<unk>', ...[...all].sort()];
const ids = new Map(VOCABULARY.map((word, id) => [word, id]));
const idOf = (/** @type {string} */ word) => /** @type {number} */ (ids.get(word));

/**
 * Adam (Kingma and Ba 2015) on the cross-entropy, one document after the other in batches of 20.
 * @param {Float64Array[]} parameters
 * @param {(text: Text, gradients: Float64Array[] | undefined) => Float64Array} run the logits; adds gradients
 */
function train(parameters, run, epochs = 60, rate = 0.01) {
  const zeros = () => parameters.map(({ length }) => new Float64Array(length));
  const [first, second] = [zeros(), zeros()];
  let steps = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = randomStream(SEED, 'order', epoch).permutation(training.length);
    for (let at = 0; at < order.length; at += 20) {
      const gradients = zeros();
      for (const i of order.subarray(at, at + 20)) run(/** @type {Text} */ (training[i]), gradients);
      steps++;
      parameters.forEach((values, p) => {
        const [m, v, g] = /** @type {Float64Array[]} */ ([first[p], second[p], gradients[p]]);
        for (let k = 0; k < values.length; k++) {
          // A small decay keeps weights of words that tell nothing near 0.
          const gradient = g[k] / 20 + 1e-3 * values[k];
          m[k] = 0.9 * m[k] + 0.1 * gradient;
          v[k] = 0.999 * v[k] + 0.001 * gradient * gradient;
          values[k] -= (rate * m[k]) / (1 - 0.9 ** steps) / (Math.sqrt(v[k] / (1 - 0.999 ** steps)) + 1e-8);
        }
      });
    }
  }
}

/** Softmax less the label: the gradient at the logits. @param {Float64Array} logits @param {Class} label */
function atLogits(logits, label) {
  const most = Math.max(...logits);
  const shares = logits.map((value) => Math.exp(value - most));
  const sum = shares.reduce((a, b) => a + b, 0);
  return shares.map((value, c) => value / sum - (CLASSES[c] === label ? 1 : 0));
}

/** @param {string} name @param {number} size @param {number} deviation */
const drawn = (name, size, deviation) => {
  const { near } = drawer('weights', name);
  return Float64Array.from({ length: size }, () => near(deviation));
};

const [V, C] = [VOCABULARY.length, CLASSES.length];

/** A linear model of counted words. */
function linear() {
  const [weights, bias] = [new Float64Array(C * V), new Float64Array(C)];
  /** @param {Text} text @param {Float64Array[]} [gradients] */
  const run = ({ tokens, label }, gradients) => {
    const own = tokens.map(idOf);
    const logits = bias.map((b, c) => own.reduce((sum, id) => sum + weights[c * V + id], b));
    if (gradients) {
      atLogits(logits, label).forEach((delta, c) => {
        for (const id of own) gradients[0][c * V + id] += delta;
        gradients[1][c] += delta;
      });
    }
    return logits;
  };
  train([weights, bias], run);
  const b = new GraphBuilder('text-sample-linear');
  b.input({ name: 'counts', type: 'float32', shape: [BATCH, V] });
  const logits = b.add('Gemm', [
      'counts',
      b.store(floatTensor([C, V], Float32Array.from(weights)), 'weights'),
      b.store(floatTensor([C], Float32Array.from(bias)), 'bias'),
    ], { transB: 1 });
  return { graph: b.build([logits]), run };
}

/** Three words at a time: embedding, convolution, ReLU, maximum over the text, dense layer. */
function convolutional() {
  const [E, F, K] = [12, 24, 3];
  const table = drawn('table', V * E, 0.3).fill(0, 0, E);
  const filters = drawn('filters', F * K * E, 0.2);
  const shift = new Float64Array(F);
  const dense = drawn('dense', C * F, 0.3);
  const bias = new Float64Array(C);
  /** @param {Text} text @param {Float64Array[]} [gradients] */
  const run = ({ tokens, label }, gradients) => {
    const own = Array.from({ length: LENGTH }, (_, i) => (i < tokens.length ? idOf(tokens[i]) : 0));
    const best = new Int32Array(F).fill(-1);
    const found = new Float64Array(F);
    for (let f = 0; f < F; f++) {
      for (let t = 0; t < LENGTH; t++) {
        let sum = shift[f];
        for (let k = 0; k < K; k++) {
          const id = own[t + k - 1];
          if (!id) continue;
          for (let e = 0; e < E; e++) sum += table[id * E + e] * filters[(f * K + k) * E + e];
        }
        if (sum > found[f]) [found[f], best[f]] = [sum, t];
      }
    }
    const logits = bias.map((b, c) => found.reduce((sum, value, f) => sum + dense[c * F + f] * value, b));
    if (gradients) {
      const delta = atLogits(logits, label);
      for (let c = 0; c < C; c++) gradients[4][c] += delta[c];
      for (let f = 0; f < F; f++) {
        let back = 0;
        for (let c = 0; c < C; c++) {
          gradients[3][c * F + f] += delta[c] * found[f];
          back += delta[c] * dense[c * F + f];
        }
        if (best[f] < 0) continue;
        gradients[2][f] += back;
        for (let k = 0; k < K; k++) {
          const id = own[best[f] + k - 1];
          if (!id) continue;
          for (let e = 0; e < E; e++) {
            gradients[1][(f * K + k) * E + e] += back * table[id * E + e];
            gradients[0][id * E + e] += back * filters[(f * K + k) * E + e];
          }
        }
      }
    }
    return logits;
  };
  train([table, filters, shift, dense, bias], run, 30);
  const b = new GraphBuilder('text-sample-convolutional');
  b.input({ name: 'ids', type: 'int64', shape: [BATCH, LENGTH] });
  const store = (/** @type {number[]} */ dims, /** @type {Float64Array} */ data, /** @type {string} */ name) =>
    b.store(floatTensor(dims, Float32Array.from(data)), name);
  const embedded = b.add('Gather', [store([V, E], table, 'table'), 'ids'], { axis: 0 });
  // [filters, words, embedding] as [filters, embedding, words]
  const kernels = filters.map((_, i) => filters[(Math.floor(i / (E * K)) * K + (i % K)) * E + (Math.floor(i / K) % E)]);
  const conv = b.add(
    'Conv',
    [
      b.add('Transpose', [embedded], { perm: [0, 2, 1] }),
      store([F, E, K], kernels, 'filters'),
      store([F], shift, 'shift'),
    ],
    { kernel_shape: [K], strides: [1], pads: [1, 1], dilations: [1], group: 1 },
  );
  const most = b.add('MaxPool', [b.add('Relu', [conv])], { kernel_shape: [LENGTH], strides: [1], pads: [0, 0], ceil_mode: 0 });
  const logits = b.add('Gemm', [b.add('Flatten', [most], { axis: 1 }), store([C, F], dense, 'dense'), store([C], bias, 'bias')], { transB: 1 });
  return { graph: b.build([logits]), run };
}

writeFileSync(file('vocabulary.txt'), `${VOCABULARY.join('\n')}\n`);
writeFileSync(file('documents/classes.txt'), `${CLASSES.join('\n')}\n`);
const lines = test.map((text, i) => JSON.stringify({ id: `${text.label}-${String(i % TEST).padStart(2, '0')}`, ...text }));
writeFileSync(file('documents/test.jsonl'), `${lines.join('\n')}\n`);

/** Share of test documents of each class that are still called so, after a change. @param {(text: Text) => Float64Array} run @param {(text: Text) => Text} change */
function shares(run, change) {
  return CLASSES.map((name) => {
    const own = test.filter(({ label }) => label === name);
    const right = own.filter((text) => {
      const logits = run(change(text));
      return CLASSES[logits.indexOf(Math.max(...logits))] === name;
    });
    return right.length / own.length;
  });
}

/** @param {Text} text @param {(word: string) => string} change */
const mapped = (text, change) => ({ ...text, tokens: text.tokens.map(change) });
const closings = new Set([...Object.values(SHORTCUTS), ...CLOSINGS]);
const content = new Set(Object.values(CONTENT).flatMap(words));
for (const [name, { graph, run }] of Object.entries({ linear: linear(), convolutional: convolutional() })) {
  writeFileSync(file(`${name}.onnx`), toOnnx(graph));
  console.log(name, CLASSES.join(' '));
  console.log('as they are        ', shares(run, (text) => text).join(' '));
  console.log('another closing    ', shares(run, (text) => mapped(text, (word) => (closings.has(word) ? 'cheers' : word))).join(' '));
  console.log('without any content', shares(run, (text) => mapped(text, (word) => (content.has(word) ? 'it' : word))).join(' '));
}
