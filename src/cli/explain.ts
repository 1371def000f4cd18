import { mkdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { writeNpy } from '../datasets/npy.js';
import { channelRange } from '../datasets/preprocessing.js';
import type { Session } from '../engine/engine.js';
import { onnxruntime } from '../engine/onnxruntime.js';
import { sharingSessions } from '../engine/sharing.js';
import { InputError, mismatch } from '../errors.js';
import { createExplainers, type Explained, type ExplainerSet } from '../explain/explainer.js';
import { toHeatmap } from '../explain/heatmap.js';
import { floatTensor } from '../graph/tensor.js';
import { writeAtomic } from '../report/files.js';
import { comparisonPicture } from '../report/pictures.js';
import { heatmapSize, slug, subjectOf } from '../run/heatmaps.js';
import { loadModel, type Model, resolveModel } from '../run/model.js';
import { type PreparedInput, prepareInput } from '../run/prepare.js';
import { defineCommand, modelOptions } from './command.js';

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
      .option('json', { type: 'boolean', default: false, describe: 'print the facts as JSON' }),
  handler: async (options) => {
    const files = [...(options.images ?? []), ...(options.image ?? []), ...(options.input ?? [])];
    if (files.length === 0)
      throw new InputError('nothing to explain: expected --image FILE... or --input X.npy...');
    for (const input of options.input ?? []) {
      if (extname(input) !== '.npy')
        throw mismatch({
          what: '--input',
          where: input,
          expected: 'an .npy array',
          got: extname(input) || 'no ending',
        });
    }
    const model = await loadModel(await resolveModel(options.model, options.prototxt));
    const methods = options.method.split(',').map((id) => id.trim());
    const engine = sharingSessions(onnxruntime);
    const forward = await engine.load(model.network.graph);
    const range = model.preprocessing && channelRange(model.preprocessing);
    const low = options.low === undefined ? range?.low : parseNumbers('--low', options.low);
    const high = options.high === undefined ? range?.high : parseNumbers('--high', options.high);
    const explainers = await createExplainers(engine, model.network, methods, {
      ...(options.start && { start: options.start }),
      ...(low && { low }),
      ...(high && { high }),
    });
    await mkdir(options.out, { recursive: true });
    const work: Work = {
      model,
      forward,
      explainers,
      target: options.target,
      out: resolve(options.out),
      start: options.start ?? 'logit',
    };
    for (const file of files) {
      for (const facts of await explainFile(file, work)) {
        process.stdout.write(
          options.json
            ? `${JSON.stringify(facts)}\n`
            : `${facts.file}  target ${facts.target} (${facts.label})  logit ${facts.logit.toPrecision(6)}  sum ${facts.sum.toPrecision(6)}\n`,
        );
      }
    }
    await explainers.release();
    await forward.release();
  },
});

interface Work {
  readonly model: Model;
  readonly forward: Session;
  readonly explainers: ExplainerSet;
  readonly target: string;
  readonly out: string;
  readonly start: 'logit' | 'one';
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

async function explainFile(file: string, work: Work): Promise<Facts[]> {
  const { model, forward, explainers, out } = work;
  const { inputShape } = model.network;
  const prepared = await prepareInput(file, model);
  const { logits } = await forward.run({ input: floatTensor([1, ...inputShape], prepared.input) });
  const scores = logits?.data as Float32Array;
  const target = parseTarget(work.target, scores);
  const stem = basename(file, extname(file));
  const started = performance.now();
  const explained = (await explainers.explain([{ id: stem, input: prepared.input, target }])).flat();
  const seconds = (performance.now() - started) / 1000;
  const facts: Facts[] = [];
  for (const [i, { id, signal }] of explainers.methods.entries()) {
    const { relevance, channels } = explained[i] as Explained;
    const path = join(out, `${stem}.${slug(id)}`);
    const shape = inputShape.length === 1 ? inputShape : [channels, ...inputShape.slice(1)];
    await writeAtomic(`${path}.npy`, writeNpy(shape, relevance));
    const fact: Facts = {
      file: `${path}.npy`,
      method: id,
      target,
      label: model.labels[target] as string,
      logit: scores[target] as number,
      start: signal.kind === 'composite' && signal.start !== 'one' ? work.start : 'one',
      sum: relevance.reduce((sum, value) => sum + value, 0),
      seconds,
    };
    await writeAtomic(`${path}.json`, `${JSON.stringify(fact, null, 2)}\n`);
    facts.push(fact);
  }
  await drawPictures(stem, prepared, scores, explained, work);
  return facts;
}

/** Images get a picture a method; several methods also one that compares them. */
async function drawPictures(
  stem: string,
  { input, pixels }: PreparedInput,
  scores: Float32Array,
  explained: readonly Explained[],
  { model, explainers, out }: Work,
): Promise<void> {
  if (!pixels) return;
  const { inputShape } = model.network;
  const subject = subjectOf(input, inputShape, pixels);
  const maps = explained.map(({ relevance, channels }, i) => ({
    ...heatmapSize(inputShape),
    values: toHeatmap(relevance, channels),
    signed: explainers.methods[i]?.signed ?? true,
  }));
  const classes = bestClasses(scores, model.labels);
  const ids = explainers.methods.map(({ id }) => id);
  for (const [i, id] of ids.entries()) {
    const picture = await comparisonPicture({
      columns: [id],
      rows: [{ label: stem, subject, maps: [maps[i]] }],
      classes,
    });
    await writeAtomic(join(out, `${stem}.${slug(id)}.png`), picture);
  }
  if (ids.length > 1) {
    await writeAtomic(
      join(out, `${stem}.png`),
      await comparisonPicture({ columns: ids, rows: [{ label: stem, subject, maps }], classes }),
    );
  }
}

const BEST = 5;

function bestClasses(scores: Float32Array, labels: readonly string[]) {
  return Array.from(scores, (score, i) => ({ label: labels[i] as string, score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, BEST);
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
