import { resolve } from 'node:path';
import { checkEngines, type EngineCheck } from '../bench/engines.js';
import type { DatasetCheck } from '../datasets/check.js';
import type { DatasetInput } from '../datasets/config.js';
import { InputError } from '../errors.js';
import { loadModel, type Model, refuseWords, resolveModel } from '../experiment/model.js';
import { doctor as checkDataset } from '../library/doctor.js';
import type { OptionsOf } from './command.js';
import { EXIT, Exit } from './exit.js';
import type { doctorCommand } from './options/doctor.js';
import { print } from './output.js';
import { SAMPLE_NETWORK } from './sample.js';
import { formatTable } from './table.js';

/** Warnings that are printed in words. */
const LISTED = 10;

const MARKS = { good: '✓', warning: '·', bad: '✗' } as const;

export async function doctor({
  dataset,
  type,
  split,
  year,
  labels,
  model,
  prototxt,
  engines,
  json,
}: OptionsOf<typeof doctorCommand>): Promise<void> {
  if (dataset === undefined && model === undefined && !engines)
    throw new InputError('nothing to check: expected --dataset DIR, --model FILE or --engines');
  const path = model ?? (engines ? SAMPLE_NETWORK : undefined);
  const network = path === undefined ? undefined : await loadModel(await resolveModel(path, prototxt));
  if (network && engines) refuseWords(network);
  const config = {
    type,
    root: resolve(dataset ?? '.'),
    ...(split !== undefined && { split }),
    ...(year !== undefined && { year }),
    ...(labels !== undefined && { labels }),
  };
  const check = dataset === undefined ? undefined : await checkDataset(config as DatasetInput);
  const compared = engines && network ? await checkEngines(network.network) : undefined;
  print(json ? `${JSON.stringify(facts(network, check, compared))}\n` : inWords(network, check, compared));
  if (check && !check.ok) throw new Exit(EXIT.badInput);
}

type Check = DatasetCheck;

type Engines = readonly EngineCheck[] | undefined;

function facts(model: Model | undefined, dataset: Check | undefined, engines: Engines) {
  if (!model) return { dataset };
  const { inputShape, classes, parameters } = model.network;
  const network = { name: model.name, inputShape, classes, parameters };
  return { network, ...(dataset && { dataset }), ...(engines && { engines }) };
}

function inWords(model: Model | undefined, dataset: Check | undefined, engines: Engines): string {
  const lines: string[] = [];
  if (model) {
    const { inputShape, classes, parameters } = model.network;
    lines.push(
      `✓ ${model.name}: input ${inputShape.join(' × ')}, ${classes} outputs, ${parameters} parameters`,
    );
  }
  if (dataset) {
    lines.push(...findingLines(dataset.findings));
    if (!dataset.ok) lines.push('', dataset.expected);
  }
  if (engines) lines.push(...engineLines(engines));
  return `${lines.join('\n')}\n`;
}

/** Which engines can be used, how far their numbers lie apart, and how long an image takes. */
function engineLines(engines: readonly EngineCheck[]): string[] {
  const state = engines.map(({ engine, name, problem }) =>
    problem === undefined ? `${MARKS.good} ${engine}: ${name}` : `${MARKS.warning} ${problem}`,
  );
  const rows = engines.flatMap(({ engine, results = [] }) =>
    results.map(({ what, difference, milliseconds }) => [
      engine,
      what,
      difference === 0 ? '0' : difference.toExponential(1),
      milliseconds.toPrecision(3),
    ]),
  );
  return [...state, '', formatTable(['engine', 'computed', 'difference', 'ms an image'], rows)];
}

/** Every finding in its order; of many warnings, only the first ones. */
function findingLines(findings: Check['findings']): string[] {
  const more = findings.filter(({ state }) => state === 'warning').length - LISTED;
  let warnings = 0;
  return findings.flatMap(({ state, text }) => {
    if (state === 'warning' && ++warnings > LISTED) {
      return warnings === LISTED + 1 ? [`${MARKS.warning} and ${more} more: --json lists them all`] : [];
    }
    return [`${MARKS[state]} ${text}`];
  });
}
