import { InputError, messageOf } from '../errors.js';
import { preview } from './classes.js';
import { type DatasetConfig, type DatasetInput, datasetSchema } from './config.js';
import { type Dataset, leftOutNotes } from './dataset.js';
import { readImageSize } from './image.js';
import { kindOf } from './kinds.js';
import { findPart, isDirectory, missingPart } from './layout.js';
import { openDataset, readSampleBoxes } from './open.js';
import { isArray } from './prepare.js';

/** What `heatproof doctor --dataset` says about a folder. */
export interface DatasetCheck {
  /** Everything is there that a run needs; parts that only some metrics need may be missing. */
  ok: boolean;
  findings: Finding[];
  /** What is expected where, and where it comes from. */
  expected: string;
}

export interface Finding {
  state: 'good' | 'warning' | 'bad';
  text: string;
}

/** How many samples are opened to see whether files are whole and boxes fit them. */
const OPENED = 20;

/** Checks the folder of a data set and says what is there and what is missing. Throws ZodError for a malformed config. */
export async function checkDataset(input: DatasetInput): Promise<DatasetCheck> {
  const config = datasetSchema.parse(input);
  const findings = [...(await findingsOf(config))];
  return {
    ok: findings.every(({ state }) => state !== 'bad'),
    findings,
    expected: kindOf(config.type).expected,
  };
}

async function findingsOf(config: DatasetConfig): Promise<Finding[]> {
  const parts: Finding[] = [];
  try {
    if (isDirectory(config.root)) parts.push(...checkParts(config));
    if (parts.some(({ state }) => state === 'bad')) return parts;
    const dataset = await openDataset(config);
    return [...parts, ...describe(dataset), ...(await openSome(dataset))];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const bad: Finding = { state: 'bad', text: messageOf(error) };
    // What was only a warning may be what the data set fails for.
    return [...parts.filter(({ text }) => text !== bad.text), bad];
  }
}

function checkParts(config: DatasetConfig): Finding[] {
  const expected = kindOf(config.type).parts?.(config) ?? [];
  return expected.flatMap(({ root, parts, missing }) =>
    parts.map((part): Finding => {
      const path = findPart(root, part);
      return path === undefined
        ? { state: missing, text: missingPart(root, part) }
        : { state: 'good', text: `${part.name}: ${path}` };
    }),
  );
}

function describe(dataset: Dataset): Finding[] {
  const { type, samples, missing, unlabelled, broken } = dataset;
  const count = (state: Finding['state'], ids: readonly string[], text: string): Finding[] =>
    ids.length === 0 ? [] : [{ state, text: `${ids.length} ${text}: ${preview(ids)}` }];
  const unannotated = samples
    .filter(({ annotation, text }) => annotation === undefined && !text?.spans)
    .map(({ id }) => id);
  return [
    {
      state: samples.length > 0 ? 'good' : 'bad',
      text: `${samples.length} ${samples.length === 1 ? 'sample' : 'samples'} ready to use`,
    },
    ...count('warning', missing, 'listed, but not on disk'),
    ...count('warning', unlabelled, 'on disk, but without label'),
    ...(kindOf(type).boxes ? count('warning', unannotated, 'without annotation, so without boxes') : []),
    ...leftOutNotes(dataset).map((text): Finding => ({ state: 'warning', text })),
    ...broken.map(({ message }): Finding => ({ state: 'warning', text: message })),
  ];
}

async function openSome(dataset: Dataset): Promise<Finding[]> {
  const problems: Finding[] = [];
  if (kindOf(dataset.type).read) return [];
  const some = dataset.samples.filter(({ path }) => !isArray(path)).slice(0, OPENED);
  if (some.length === 0) return [];
  for (const sample of some) {
    try {
      await readImageSize(sample.path);
      await readSampleBoxes(dataset, sample);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      problems.push({ state: 'warning', text: messageOf(error) });
    }
  }
  const whole = some.length - problems.length;
  return [
    {
      state: problems.length ? 'warning' : 'good',
      text: `opened ${some.length} images with their boxes: ${whole} fit`,
    },
    ...problems,
  ];
}
