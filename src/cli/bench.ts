import { extname, join, resolve } from 'node:path';
import { type BenchReport, benchmark, type NetworkBench } from '../bench/bench.js';
import { growthCharts } from '../bench/charts.js';
import { wantedOf } from '../bench/settings.js';
import { InputError } from '../errors.js';
import { resolveModel } from '../experiment/model.js';
import { writeAtomic } from '../files/atomic.js';
import { render } from '../report/render.js';
import type { OptionsOf } from './command.js';
import type { benchCommand } from './options/bench.js';
import { print, say } from './output.js';
import { formatTable } from './table.js';

export async function bench({
  model,
  prototxt,
  randomWeights,
  engine,
  set,
  quick,
  torch,
  out,
  quiet,
  json,
}: OptionsOf<typeof benchCommand>): Promise<void> {
  const wanted = wantedOf(set);
  const configs = await Promise.all(
    withDefinitions(model, prototxt).map(async ([weights, definition]) => ({
      ...(await resolveModel(weights, definition)),
      ...(randomWeights !== undefined && { randomWeights }),
    })),
  );
  const onProgress = (note: string) => void (quiet || say(`${note}\n`));
  const report = await benchmark(configs, { engine, quick, torch, wanted, onProgress });
  if (out !== undefined) await writeReport(resolve(out), report);
  print(json ? `${JSON.stringify(report)}\n` : `${asText(report)}\n`);
}

/** Each network with the prototxt that belongs to it, if it is a caffemodel. */
function withDefinitions(
  models: readonly string[],
  prototxts: readonly string[],
): [string, string | undefined][] {
  const caffe = models.filter((path) => extname(path) === '.caffemodel');
  if (prototxts.length > caffe.length)
    throw new InputError(`--prototxt: expected one a .caffemodel (${caffe.length}), got ${prototxts.length}`);
  return models.map((path) => [path, prototxts[caffe.indexOf(path)]]);
}

async function writeReport(folder: string, report: BenchReport): Promise<void> {
  await writeAtomic(join(folder, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  for (const { name, drawing } of growthCharts(report)) {
    for (const format of ['png', 'svg'] as const)
      await writeAtomic(join(folder, `${name}.${format}`), await render(drawing, format));
  }
}

function asText({ machine, effort, engine, networks }: BenchReport): string {
  const table = formatTable(
    ['', ...networks.map(({ name }) => name)],
    ROWS.map(([label, cell]) => [label, ...networks.map(cell)]).filter(([, ...cells]) => cells.some(Boolean)),
  );
  const { cpu, cores, multiplyAddsPerSecond, load } = machine;
  return [
    table,
    '',
    `${cpu}, ${cores} cores, ${engine}: ${(multiplyAddsPerSecond / 1e9).toFixed(1)} G multiply-adds a second on one thread`,
    `medians of ${effort.repeats} rounds, ${effort.batch} images a batch; processor time of one thread; load of the machine ${load.map((one) => one.toFixed(1)).join(' before, ')} after`,
  ].join('\n');
}

const times = (value: number | null) => (value === null ? '' : `${value.toFixed(2)} ×`);
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const ROWS: readonly (readonly [string, (network: NetworkBench) => string])[] = [
  ['forward pass (ms)', ({ forwardMs }) => forwardMs.toFixed(2)],
  ['share of the peak', ({ peakShare }) => percent(peakShare)],
  ['sensitivity (forward passes)', ({ sensitivityForwards }) => times(sensitivityForwards)],
  ['alpha 2 beta 1', ({ alphaBetaForwards }) => times(alphaBetaForwards)],
  ['epsilon-plus', ({ epsilonPlusForwards }) => times(epsilonPlusForwards)],
  ['attnlrp', ({ attnlrpForwards }) => times(attnlrpForwards)],
  ['perturbation, full (steps/s)', ({ fullStepsPerSecond }) => fullStepsPerSecond.toFixed(1)],
  ['perturbation (steps/s)', ({ stepsPerSecond }) => stepsPerSecond.toFixed(1)],
  ['incremental speed-up', ({ incrementalSpeedup }) => times(incrementalSpeedup)],
  ['occlusion, incremental speed-up', ({ occlusionSpeedup }) => times(occlusionSpeedup)],
  ['2 workers against 1', ({ workerScaling }) => times(workerScaling)],
  ['engine’s share of a run', ({ engineShare }) => percent(engineShare)],
  ['peak memory, 2 workers (MB)', ({ peakMemoryMB }) => peakMemoryMB.toFixed(0)],
  ['PyTorch forward', ({ torch }) => (torch ? times(torch.forwardRatio) : '')],
  ['PyTorch sensitivity', ({ torch }) => (torch ? times(torch.sensitivityRatio) : '')],
];
