import { extname, resolve } from 'node:path';
import { openDataset } from '../datasets/open.js';
import { InputError, messageOf, mismatch } from '../errors.js';
import { loadModel } from '../experiment/model.js';
import { readingAs } from '../experiment/open.js';
import { BLOW_UP, type Conservation, type Taken, takenInAll } from '../explain/conservation.js';
import type { ExplainOptions, Reference } from '../explain/request.js';
import { writeAtomic } from '../files/atomic.js';
import { fileName } from '../files/file-name.js';
import { bestOf, createExplainer, type ExplainerOptions, exportExplanation } from '../library/explain.js';
import { createLayerExplainer } from '../library/layer.js';
import { type Classifier, classifierOf } from '../library/network.js';
import type { OptionsOf } from './command.js';
import { EXIT, Exit } from './exit.js';
import { type Facts, writeExplanations, writeLayers } from './explained-files.js';
import { besideOf, type ExplainedInput, inputsOf, isText, nameOf } from './explained-inputs.js';
import { bestClasses, drawPictures, type ScoredClass } from './explained-pictures.js';
import { printWords } from './explained-words.js';
import { leaveWord, SILENT_END } from './last-words.js';
import type { explainCommand } from './options/explain.js';
import { print, say } from './output.js';
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
  const { network: config, methods, dataset, ...own } = await chooseSubject(options);
  const files = filesOf(options, methods);
  if (options.at !== undefined && (options.check || options.export !== undefined)) {
    throw new InputError('--at: expected no --check and no --export; <method>@<layer> takes them');
  }
  if (files.length === 0 && options.export === undefined) {
    throw new InputError('nothing to explain: expected images, or arrays after --input');
  }
  const loaded = await showing(`loading network ${config.name}`, () => loadModel(config));
  // Only signals are read in another way than the network's input says.
  const model = dataset?.type === 'signals' ? readingAs(await openDataset(dataset), loaded) : loaded;
  const network = classifierOf(model);
  const references = options.references && (await referencesIn(await inputsOf(options.references, model)));
  const settings = { ...explainOptions(options), ...(references && { references }), ...own };
  if (options.export !== undefined) await exportMethods(options.export, network, methods, settings);
  if (files.length === 0) return;
  const inputs = await inputsOf(files, model);
  const target = parseTarget(options.target, model);
  const out = resolve(options.out);
  const work = { network, methods, settings: { ...settings, engine: options.engine }, target, out };
  if (options.at !== undefined) await explainLayers(inputs, options.at, work, options);
  else await explainInputs(inputs, work, options);
}

/** How the inputs of one command are explained, and where the results go. */
interface Work {
  network: Classifier;
  methods: readonly string[];
  settings: ExplainerOptions;
  target: number | undefined;
  out: string;
}

async function explainLayers(
  inputs: readonly ExplainedInput[],
  layer: string,
  { network, methods, settings, target, out }: Work,
  { json }: Shown,
): Promise<void> {
  const explainer = await createLayerExplainer(network, methods, layer, settings);
  await eachOf(inputs, async ({ id, read }) => {
    const { input, ...prepared } = await read();
    const started = performance.now();
    const question = { ...besideOf(prepared), id, ...(target !== undefined && { target }) };
    const explanations = await explainer.explain(input, question);
    const seconds = (performance.now() - started) / 1000;
    const [{ logits } = { logits: new Float32Array() }] = explanations;
    const about = { id, network, logits, seconds };
    for (const fact of await writeLayers(out, about, explanations)) printFact(fact, network, json);
  });
  await explainer.release();
}

async function explainInputs(
  inputs: readonly ExplainedInput[],
  { network, methods, settings, target, out }: Work,
  { json, overlay, scale, check }: Shown,
): Promise<void> {
  const explainer = await createExplainer(network, methods, settings);
  await eachOf(inputs, async ({ id, read }) => {
    const prepared = await read();
    const logits = await explainer.classify(prepared.input, prepared.given);
    const question = { ...besideOf(prepared), id, target: target ?? bestOf(logits) };
    const started = performance.now();
    const explanations = await explainer.explain(prepared.input, question);
    const seconds = (performance.now() - started) / 1000;
    const about = { id, network, logits, seconds };
    for (const fact of await writeExplanations(out, about, explanations)) printFact(fact, network, json);
    const classes = bestClasses(logits, network.labels);
    const explained = network.labels[question.target] as string;
    const drawn = { id, label: id, explained, prepared, layout: network.layout };
    const style = { classes, overlay, scale: scale === 'common' ? 'row' : 'each' } as const;
    const picture = await drawPictures(out, drawn, explanations, style);
    if (picture !== undefined && !json) print(`${picture}  ${inWords(classes)}\n`);
    if (prepared.document && !json) printWords(`${id}  ${inWords(classes)}`, prepared.document, explanations);
    if (!check) return;
    const balances = await explainer.checkConservation(prepared.input, question);
    for (const [method, balance] of balances) printBalance(method, balance);
  });
  await explainer.release();
}

/** What others are compared with: named like inputs, so that none is compared with itself. */
async function referencesIn(inputs: readonly ExplainedInput[]): Promise<Reference[]> {
  const found: Reference[] = [];
  for (const { id, read } of inputs) found.push({ id, input: (await read()).input });
  return found;
}

/** What of the options says how results are shown. */
type Shown = Pick<OptionsOf<typeof explainCommand>, 'json' | 'overlay' | 'scale' | 'check'>;

/**
 * Explains input by input. One that cannot be explained keeps no other from it: each is named, and the command ends with
 * code 3, or 2 where it was all of them.
 */
async function eachOf(
  inputs: readonly ExplainedInput[],
  explainOne: (input: ExplainedInput) => Promise<void>,
): Promise<void> {
  let failed = 0;
  for (const input of inputs) {
    try {
      await explainOne(input);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      say(`heatproof: ${messageOf(error)}\n`);
      failed++;
    }
  }
  if (failed > 0) throw new Exit(failed === inputs.length ? EXIT.badInput : EXIT.incomplete);
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
    if (isText(file)) continue;
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

function printFact(fact: Facts, { labels }: Classifier, json: boolean): void {
  const { file, target, label, logit, sum, expected } = fact;
  const due = expected === undefined ? '' : ` of ${expected.toPrecision(6)}`;
  const score = labels.length === 1 ? 'output' : 'logit';
  const line = `${file}  target ${target} (${label})  ${score} ${logit.toPrecision(6)}  sum ${sum.toPrecision(6)}${due}`;
  print(`${json ? JSON.stringify(fact) : line}\n`);
}

function inWords(classes: readonly ScoredClass[]): string {
  return classes.map(({ label, score }) => `${label} ${score.toPrecision(3)}`).join(' · ');
}

/** The relevance of every layer, from the logits down to the input. */
function printBalance(method: string, { start, end, layers, blownUp }: Conservation): void {
  const number = (value: number) => (value === 0 ? '0' : value.toPrecision(5));
  const told = (taken: readonly Taken[]) =>
    taken
      .filter(({ relevance }) => Math.abs(relevance) > TOO_SMALL * Math.abs(start))
      .map(({ by, relevance }) => `${by} ${number(relevance)}`.replaceAll(' ', '\u00a0'))
      .join(', ');
  const table = formatTable(
    ['layer', 'rule', 'received', 'passed on', 'sum of |R|', 'taken by'],
    layers.map(({ name, rule, received, passed, magnitude, taken }) => [
      name,
      rule,
      ...[received, passed, magnitude].map(number),
      told(taken),
    ]),
  );
  const verdict = blownUp ? `; blown up: sum of |R| beyond ${BLOW_UP} times the start` : '';
  const taken = told(takenInAll(layers)).replaceAll('\u00a0', ' ');
  const lost = taken ? `\ntaken on the way by ${taken}` : '';
  print(`\n${table}\n\n${method}: start ${number(start)}, at the input ${number(end)}${verdict}${lost}\n`);
}

/** Of the start: what takes less is rounding. */
const TOO_SMALL = 1e-5;

function parseNumbers(option: string, text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (text.trim() === '' || !numbers.every(Number.isFinite)) {
    throw new InputError(
      `${option}: expected one number or one a channel, separated by commas, got '${text}'`,
    );
  }
  return numbers;
}
