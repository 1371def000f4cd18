import { basename, extname, resolve } from 'node:path';
import { prepareSample } from '../datasets/prepare.js';
import { InputError, mismatch } from '../errors.js';
import { loadModel, type Model, refuseWords } from '../experiment/model.js';
import { BLOW_UP, type Conservation, takerOf } from '../explain/conservation.js';
import type { ExplainOptions, Reference } from '../explain/request.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { bestOf, createExplainer, exportExplanation } from '../library/explain.js';
import { createLayerExplainer } from '../library/layer.js';
import { type Classifier, classifierOf } from '../library/network.js';
import type { OptionsOf } from './command.js';
import { type Facts, writeExplanations, writeLayers } from './explained-files.js';
import { bestClasses, drawPictures, type ScoredClass } from './explained-pictures.js';
import { leaveWord, SILENT_END } from './last-words.js';
import type { explainCommand } from './options/explain.js';
import { print } from './output.js';
import { showing } from './progress.js';
import { chooseSubject } from './subjects.js';
import { formatTable } from './table.js';
import { parseTarget } from './target.js';

export async function explain(options: OptionsOf<typeof explainCommand>): Promise<void> {
  const callOff = leaveWord(`heatproof: ${SILENT_END}`);
  try {
    await explainFiles(options);
  } finally {
    callOff();
  }
}

async function explainFiles(options: OptionsOf<typeof explainCommand>): Promise<void> {
  const { network: config, methods, ...own } = await chooseSubject(options);
  const files = filesOf(options, methods);
  if (options.at !== undefined && (options.check || options.export !== undefined)) {
    throw new InputError('--at: expected no --check and no --export; <method>@<layer> takes them');
  }
  if (files.length === 0 && options.export === undefined) {
    throw new InputError('nothing to explain: expected images, or arrays after --input');
  }
  const model = await showing(`loading network ${config.name}`, () => loadModel(config));
  const network = classifierOf(model);
  const references = options.references && (await referencesIn(options.references, model));
  const settings = { ...explainOptions(options), ...(references && { references }), ...own };
  if (options.export !== undefined) await exportMethods(options.export, network, methods, settings);
  if (files.length === 0) return;
  refuseWords(model);
  const target = parseTarget(options.target, model);
  const out = resolve(options.out);
  if (options.at !== undefined) {
    const explainer = await createLayerExplainer(network, methods, options.at, {
      ...settings,
      engine: options.engine,
    });
    for (const file of files) {
      const { input } = await prepareSample(file, model.preprocessing, network.inputShape);
      const id = nameOf(file);
      const started = performance.now();
      const explanations = await explainer.explain(input, { id, ...(target !== undefined && { target }) });
      const seconds = (performance.now() - started) / 1000;
      const [{ logits } = { logits: new Float32Array() }] = explanations;
      const about = { id, network, logits, seconds };
      for (const fact of await writeLayers(out, about, explanations)) printFact(fact, options.json);
    }
    await explainer.release();
    return;
  }
  const scale = options.scale === 'common' ? 'row' : 'each';
  const explainer = await createExplainer(network, methods, { ...settings, engine: options.engine });
  for (const file of files) {
    const prepared = await prepareSample(file, model.preprocessing, model.network.inputShape);
    const id = nameOf(file);
    const logits = await explainer.classify(prepared.input);
    const question = { id, target: target ?? bestOf(logits) };
    const started = performance.now();
    const explanations = await explainer.explain(prepared.input, question);
    const seconds = (performance.now() - started) / 1000;
    const about = { id, network, logits, seconds };
    for (const fact of await writeExplanations(out, about, explanations)) printFact(fact, options.json);
    const classes = bestClasses(logits, network.labels);
    const explained = network.labels[question.target] as string;
    const drawn = { id, prepared, inputShape: network.inputShape, explained, classes };
    const picture = await drawPictures(out, drawn, explanations, { overlay: options.overlay, scale });
    if (picture !== undefined && !options.json) print(`${picture}  ${inWords(classes)}\n`);
    if (!options.check) continue;
    const balances = await explainer.checkConservation(prepared.input, question);
    for (const [method, balance] of balances) printBalance(method, balance);
  }
  await explainer.release();
}

/** What others are compared with. Named like inputs, so that none is compared with itself. */
async function referencesIn(
  files: readonly string[],
  { preprocessing, network }: Model,
): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const file of files) {
    const { input } = await prepareSample(file, preprocessing, network.inputShape);
    found.push({ id: nameOf(file), input });
  }
  return found;
}

/** Everything to explain: images, and arrays, which must be such. Results are named after them. */
function filesOf({ images = [], image = [], input = [] }: Given, methods: readonly string[]): string[] {
  for (const array of input) {
    if (extname(array) === '.npy') continue;
    throw mismatch({
      what: '--input',
      where: array,
      expected: 'an .npy array',
      got: extname(array) || 'no ending',
    });
  }
  const files = [...images, ...image, ...input];
  const owners = new Map<string, string>();
  for (const file of files) {
    for (const name of resultsOf(nameOf(file), methods)) {
      const other = owners.get(name);
      if (other !== undefined) {
        throw mismatch({
          what: 'name of an input',
          where: file,
          expected: 'a different one each, since results are named after it',
          got: `'${name}' of ${other}, too`,
        });
      }
      owners.set(name, file);
    }
  }
  return files;
}

/** The files, but for their endings, that are written of an input. */
function resultsOf(name: string, methods: readonly string[]): string[] {
  return [name, ...new Set(methods.map((method) => `${name}.${fileName(method)}`))];
}

function nameOf(file: string): string {
  return basename(file, extname(file));
}

interface Given {
  images: string[] | undefined;
  image: string[] | undefined;
  input: string[] | undefined;
}

interface Settings {
  start: 'logit' | 'one' | undefined;
  low: string | undefined;
  high: string | undefined;
}

/** What the network's preprocessing does not say, or says otherwise. */
function explainOptions({ start, low, high }: Settings): ExplainOptions {
  return {
    ...(start && { start }),
    ...(low !== undefined && { low: parseNumbers('--low', low) }),
    ...(high !== undefined && { high: parseNumbers('--high', high) }),
  };
}

async function exportMethods(
  path: string,
  network: Classifier,
  methods: readonly string[],
  settings: ExplainOptions,
) {
  const [method] = methods;
  if (method === undefined || methods.length > 1) {
    throw new InputError(`--export: expected one method, got ${methods.length}`);
  }
  await writeAtomic(resolve(path), exportExplanation(network, method, settings));
  print(`${resolve(path)}  ${method} as an ONNX model: inputs input, target; outputs logits, relevance\n`);
}

function printFact(fact: Facts, json: boolean): void {
  const { file, target, label, logit, sum, expected } = fact;
  const due = expected === undefined ? '' : ` of ${expected.toPrecision(6)}`;
  const line = `${file}  target ${target} (${label})  logit ${logit.toPrecision(6)}  sum ${sum.toPrecision(6)}${due}`;
  print(`${json ? JSON.stringify(fact) : line}\n`);
}

function inWords(classes: readonly ScoredClass[]): string {
  return classes.map(({ label, score }) => `${label} ${score.toPrecision(3)}`).join(' · ');
}

/** The relevance of every layer, from the logits down to the input. */
function printBalance(method: string, { start, end, layers, blownUp }: Conservation): void {
  const number = (value: number) => (value === 0 ? '0' : value.toPrecision(5));
  const table = formatTable(
    ['layer', 'rule', 'received', 'passed on', 'bias took', 'else', 'sum of |R|', 'taken by'],
    layers.map((layer) => [
      layer.name,
      layer.rule,
      ...[layer.received, layer.passed, layer.bias, layer.absorbed, layer.magnitude].map(number),
      takerOf(layer),
    ]),
  );
  const verdict = blownUp ? `; blown up: sum of |R| beyond ${BLOW_UP} times the start` : '';
  print(`\n${table}\n\n${method}: start ${number(start)}, at the input ${number(end)}${verdict}\n`);
}

function parseNumbers(option: string, text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (text.trim() === '' || !numbers.every(Number.isFinite)) {
    throw new InputError(
      `${option}: expected one number or one a channel, separated by commas, got '${text}'`,
    );
  }
  return numbers;
}
