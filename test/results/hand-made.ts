import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import type { DoneUnit, ExplanationRecord, UnitResult } from '../../src/evaluation/unit.js';
import { type Experiment, experimentSchema, namedMethods } from '../../src/experiment/config.js';
import { collect } from '../../src/results/collect.js';
import { ResultsDirectory } from '../../src/results/directory.js';
import { figuresOf } from '../../src/results/figures.js';
import { findingsOf } from '../../src/results/findings.js';
import { journalLine } from '../../src/results/journal.js';
import { writeResults } from '../../src/results/results.js';
import type { Selection } from '../../src/results/selection.js';

/**
 * Runs whose journals are written by hand, so that what becomes of them can be worked out on paper.
 */
export function experimentOf(
  changes: Readonly<Record<string, unknown>> = {},
  networks = ['net'],
): Experiment {
  const {
    model: _,
    methods,
    composites,
    ...experiment
  } = experimentSchema.parse({
    name: 'hand',
    model: 'unread.yaml',
    dataset: { type: 'folder', root: '/data' },
    methods: ['lrp-zplus', 'gradient-l2', 'random'],
    statistics: { interval: 'percentile' },
    heatmaps: 0,
    ...changes,
  });
  return {
    ...experiment,
    ...namedMethods(methods, composites),
    networks: networks.map((name) => ({ name, weights: `${name}.onnx` })),
    base: '/',
  };
}

/** The unit of an image; what a test does not speak of is the least that there can be. */
export function unitOf(image: string, rest: Partial<DoneUnit> = {}): DoneUnit {
  const network = rest.network ?? 'net';
  return {
    key: `${network}/${image}`,
    network,
    image,
    status: 'done',
    labels: [],
    top: [],
    explanations: [],
    unmeasured: [],
    ...rest,
  };
}

/** An explanation of class `cat` whose relevance adds up to its start. */
export function explanationOf(method: string, rest: Partial<ExplanationRecord> = {}): ExplanationRecord {
  return { class: 'cat', method, score: 4, relevance: { sum: 4, absolute: 4, start: 4 }, ...rest };
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The directory of a run that has all its units and no result files yet. */
export function directoryOf(
  experiment: Experiment,
  units: readonly UnitResult[],
  selection: Partial<Selection> = {},
): ResultsDirectory {
  const directory = new ResultsDirectory(mkdtempSync(join(tmpdir(), 'heatproof-hand-')));
  folders.push(directory.path);
  const networks = experiment.networks.map(({ name }) => ({ name, inputShape: [3, 2, 2] }));
  const record = {
    heatproof: '0',
    experiment,
    definition: { networks, dataset: { type: 'folder' }, images: {}, methods: {}, engine: 'engine 1' },
    machine: { node: 'v20' },
  };
  const images = [...new Set(units.map(({ image }) => image))];
  const chosen = {
    images,
    passedOver: [],
    unreadable: [],
    missing: 0,
    contents: images.map(() => ''),
    ...selection,
  };
  writeFileSync(directory.record, JSON.stringify(record));
  writeFileSync(directory.selection, JSON.stringify(chosen));
  writeFileSync(directory.journal, units.map((unit) => `${journalLine(unit)}\n`).join(''));
  return directory;
}

/** The directory of a run that has ended. */
export async function finishedOf(...parts: Parameters<typeof directoryOf>): Promise<ResultsDirectory> {
  const directory = directoryOf(...parts);
  await writeResults(directory);
  return directory;
}

/** What a run of these units found. */
export async function foundIn(experiment: Experiment, units: readonly UnitResult[]) {
  const each = async function* () {
    yield* units;
  };
  const collection = await collect(each());
  const findings = findingsOf({ experiment, definition: { networks: [] } }, collection, {});
  return { collection, findings, figures: figuresOf(findings), units: each };
}

/** A CSV file's lines, each by column; an empty cell is no value. */
export function csvOf(directory: ResultsDirectory, name: string): Record<string, string>[] {
  const [header = '', ...lines] = readFileSync(directory.file(name), 'utf8').trimEnd().split('\n');
  const columns = header.split(',');
  return lines.map((line) => {
    const cells = line.split(',').map((cell, i): [string, string] => [columns[i] as string, cell]);
    return Object.fromEntries(cells.filter(([, cell]) => cell !== ''));
  });
}

/** An estimate whose interval is known. */
export function estimate(images: number, value: number, low?: number, high?: number) {
  const close = (number: number | undefined) =>
    number === undefined ? undefined : expect.closeTo(number, 12);
  return { images, value: close(value), low: close(low), high: close(high) };
}

/** Student's 97.5 % quantile with one degree of freedom: tan(0.475 pi). */
export const STUDENT_OF_TWO = Math.tan(0.475 * Math.PI);

/** The mean of two images' values with Student's interval, mean +- t s / sqrt(2) = mean +- t |a - b| / 2; none of equal ones. */
export function ofTwo(a: number, b: number) {
  const [centre, reach] = [(a + b) / 2, (STUDENT_OF_TWO * Math.abs(a - b)) / 2];
  if (a === b) return estimate(2, centre);
  const [low, high] = [centre - reach, centre + reach].map((end) => expect.closeTo(end, 7));
  return { ...estimate(2, centre), low, high, interval: 'student' };
}
