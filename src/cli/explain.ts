import { basename, extname, join, resolve } from 'node:path';
import { channelRange } from '../datasets/preprocessing.js';
import type { Session } from '../engine/engine.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, mismatch } from '../errors.js';
import { slug } from '../evaluation/heatmaps.js';
import { prepareInput } from '../evaluation/prepare.js';
import { loadModel, type Model, resolveModel } from '../experiment/model.js';
import { BLOW_UP, type Conservation, checkConservation } from '../explain/conservation.js';
import { createExplainers, type Explained, type ExplainerSet } from '../explain/explainer.js';
import { exportExplanation } from '../explain/export.js';
import type { ExplainOptions, ExplainRequest } from '../explain/request.js';
import { writeAtomic } from '../files/atomic.js';
import { writeNpy } from '../files/npy.js';
import { floatTensor } from '../graph/tensor.js';
import { layoutOf } from '../input/layout.js';
import type { Sheet } from '../report/pictures.js';
import { defineCommand, modelOptions } from './command.js';
import { drawPictures, type Picture } from './explained-pictures.js';
import { formatTable } from './table.js';

export const explainCommand = defineCommand({
  command: 'explain [images..]',
  describe: 'Explain images or arrays: relevance as .npy, its facts as .json, pictures as .png',
  builder: (yargs) =>
    modelOptions(yargs)
      .positional('images', { type: 'string', array: true, describe: 'images' })
      .option('image', {
        type: 'string',
        array: true,
        describe: 'images, preprocessed as the descriptor says',
      })
      .option('input', {
        type: 'string',
        array: true,
        describe: '.npy arrays that are the network input itself',
      })
      .option('method', {
        type: 'string',
        demandOption: true,
        describe: 'method ids, separated by commas; see methods',
      })
      .option('target', { type: 'string', default: 'predicted', describe: 'class index, or predicted' })
      .option('start', {
        choices: ['logit', 'one'] as const,
        describe: 'relevance at the target: its logit (default for LRP), or 1',
      })
      .option('low', {
        type: 'string',
        describe: 'lowest network input, one number or one a channel (zB rule)',
      })
      .option('high', {
        type: 'string',
        describe: 'highest network input, one number or one a channel (zB rule)',
      })
      .option('out', { type: 'string', default: '.', describe: 'folder for the results' })
      .option('overlay', {
        type: 'boolean',
        default: false,
        describe: 'pictures: show the image in grey behind its heatmaps',
      })
      .option('scale', {
        choices: ['each', 'common'] as const,
        default: 'each' as const,
        describe: 'picture of several methods: colours end for each heatmap on its own, or alike for all',
      })
      .option('check', {
        type: 'boolean',
        default: false,
        describe: 'print what happened to relevance at every layer',
      })
      .option('export', {
        type: 'string',
        describe: 'save the compiled explanation as an ONNX model (one method)',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print the facts as JSON' }),
  handler: async (options) => {
    const files = [...(options.images ?? []), ...(options.image ?? []), ...(options.input ?? [])];
    if (files.length === 0 && options.export === undefined) {
      throw new InputError('nothing to explain: expected images, or arrays after --input');
    }
    for (const input of options.input ?? []) {
      if (extname(input) === '.npy') continue;
      throw mismatch({
        what: '--input',
        where: input,
        expected: 'an .npy array',
        got: extname(input) || 'no ending',
      });
    }
    const model = await loadModel(await resolveModel(options.model, options.prototxt));
    const methods = options.method.split(',').map((id) => id.trim());
    const settings = explainOptions(options, model);
    if (options.export !== undefined) await exportMethods(options.export, model, methods, settings);
    if (files.length === 0) return;
    const engine = sharingSessions(onnxruntime);
    const forward = await engine.load(model.network.graph);
    const explainers = await createExplainers(engine, model.network, methods, settings);
    const checked = options.check ? methods : [];
    const work: Work = {
      model,
      forward,
      explainers,
      settings,
      target: options.target,
      out: resolve(options.out),
      pictures: { overlay: options.overlay, scale: options.scale === 'common' ? 'row' : 'each' },
    };
    for (const file of files) {
      const { facts, picture, request } = await explainFile(file, work);
      for (const fact of facts) print(fact, options.json);
      if (picture && !options.json) process.stdout.write(`${picture.path}  ${inWords(picture.classes)}\n`);
      const balances = await checkConservation(engine, model.network, checked, settings, [request]);
      for (const [id, [balance]] of balances) printBalance(id, balance as Conservation);
    }
    await explainers.release();
    await forward.release();
  },
});

function explainOptions(
  {
    start,
    low,
    high,
  }: { start: 'logit' | 'one' | undefined; low: string | undefined; high: string | undefined },
  { preprocessing }: Model,
): ExplainOptions {
  const range = preprocessing && channelRange(preprocessing);
  const lowest = low === undefined ? range?.low : parseNumbers('--low', low);
  const highest = high === undefined ? range?.high : parseNumbers('--high', high);
  return { ...(start && { start }), ...(lowest && { low: lowest }), ...(highest && { high: highest }) };
}

async function exportMethods(
  path: string,
  { network }: Model,
  methods: readonly string[],
  settings: ExplainOptions,
) {
  const [method] = methods;
  if (method === undefined || methods.length > 1) {
    throw new InputError(`--export: expected one method, got ${methods.length}`);
  }
  await writeAtomic(resolve(path), exportExplanation(network, method, settings));
  process.stdout.write(
    `${resolve(path)}  ${method} as an ONNX model: inputs input, target; outputs logits, relevance\n`,
  );
}

function print(fact: Facts, json: boolean): void {
  const { file, target, label, logit, sum } = fact;
  const line = `${file}  target ${target} (${label})  logit ${logit.toPrecision(6)}  sum ${sum.toPrecision(6)}`;
  process.stdout.write(`${json ? JSON.stringify(fact) : line}\n`);
}

function inWords(classes: Picture['classes']): string {
  return classes.map(({ label, score }) => `${label} ${score.toPrecision(3)}`).join(' · ');
}

/** The relevance of every layer, from the logits down to the input. */
function printBalance(method: string, { start, end, layers, blownUp }: Conservation): void {
  const number = (value: number) => (value === 0 ? '0' : value.toPrecision(5));
  const table = formatTable(
    ['layer', 'rule', 'received', 'passed on', 'bias took', 'stabiliser, LRN, one sign', 'sum of |R|'],
    layers.map((layer) => [
      layer.name,
      layer.rule,
      ...[layer.received, layer.passed, layer.bias, layer.absorbed, layer.magnitude].map(number),
    ]),
  );
  const verdict = blownUp ? `; blown up: sum of |R| beyond ${BLOW_UP} times the start` : '';
  process.stdout.write(
    `\n${table}\n\n${method}: start ${number(start)}, at the input ${number(end)}${verdict}\n`,
  );
}

interface Work {
  readonly model: Model;
  readonly forward: Session;
  readonly explainers: ExplainerSet;
  readonly settings: ExplainOptions;
  readonly target: string;
  readonly out: string;
  readonly pictures: Pick<Sheet, 'overlay' | 'scale'>;
}

/** What `<stem>.<method>.json` says. */
interface Facts {
  readonly file: string;
  readonly method: string;
  readonly target: number;
  readonly label: string;
  readonly logit: number;
  readonly start: 'logit' | 'one';
  readonly sum: number;
  readonly seconds: number;
}

async function explainFile(
  file: string,
  work: Work,
): Promise<{ facts: Facts[]; picture: Picture | undefined; request: ExplainRequest }> {
  const { model, forward, explainers, out } = work;
  const { inputShape } = model.network;
  const layout = layoutOf(inputShape);
  const prepared = await prepareInput(file, model);
  const { logits } = await forward.run({ input: floatTensor([1, ...inputShape], prepared.input) });
  const scores = logits?.data as Float32Array;
  const target = parseTarget(work.target, scores);
  const stem = basename(file, extname(file));
  const request = { id: stem, input: prepared.input, target };
  const started = performance.now();
  const explained = (await explainers.explain([request])).flat();
  const seconds = (performance.now() - started) / 1000;
  const facts: Facts[] = [];
  for (const [i, { id, signal }] of explainers.methods.entries()) {
    const { relevance, channels } = explained[i] as Explained;
    const path = join(out, `${stem}.${slug(id)}`);
    const shape = layout.kind === 'features' ? inputShape : [channels, ...layout.heatmapShape];
    await writeAtomic(`${path}.npy`, writeNpy(shape, relevance));
    const fact: Facts = {
      file: `${path}.npy`,
      method: id,
      target,
      label: model.labels[target] as string,
      logit: scores[target] as number,
      start: signal.kind === 'composite' && signal.start !== 'one' ? (work.settings.start ?? 'logit') : 'one',
      sum: relevance.reduce((sum, value) => sum + value, 0),
      seconds,
    };
    await writeAtomic(`${path}.json`, `${JSON.stringify(fact, null, 2)}\n`);
    facts.push(fact);
  }
  const image = { stem, prepared, scores, explained };
  const picture = await drawPictures(image, model, explainers, work.pictures, out);
  return { facts, picture, request };
}

function parseTarget(text: string, scores: Float32Array): number {
  if (text === 'predicted') return scores.indexOf(scores.reduce((most, score) => Math.max(most, score)));
  const target = Number(text);
  if (!Number.isInteger(target) || target < 0 || target >= scores.length) {
    throw new InputError(
      `--target: expected 'predicted' or a class index of 0..${scores.length - 1}, got '${text}'`,
    );
  }
  return target;
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
