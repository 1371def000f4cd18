import { InputError, messageOf } from '../errors.js';
import { type DatasetConfig, type DatasetInput, datasetSchema } from './config.js';
import type { Dataset } from './dataset.js';
import { ILSVRC2012_PARTS } from './ilsvrc2012.js';
import { readImageSize } from './image.js';
import { findPart, isDirectory, missingPart, type Part } from './layout.js';
import { openDataset } from './open.js';
import { vocParts, vocRoot } from './voc.js';

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

const EXPECTED: Record<DatasetConfig['type'], string> = {
  ilsvrc2012: `val/ILSVRC2012_val_00000001.JPEG ...      images: ILSVRC2012_img_val.tar, unpacked into val/
LOC_val_solution.csv                      labels: from Kaggle's "ImageNet Object Localization Challenge"; or
ILSVRC2012_validation_ground_truth.txt    labels: from data/ in ILSVRC2012_devkit_t12.tar.gz
Annotations/val/ILSVRC2012_val_00000001.xml ...  boxes: ILSVRC2012_bbox_val_v3.tgz, unpacked into Annotations/
Instead of flat, val/ may hold one folder per synset (val/n01440764/...), which needs no labels file. Kaggle's own
layout (ILSVRC/Data/CLS-LOC/val, ILSVRC/Annotations/CLS-LOC/val) is understood as it is. The images need a licence of
your own: register at https://image-net.org, or accept the competition's terms on Kaggle.`,
  voc: `VOC2007/JPEGImages/000001.jpg ...      images
VOC2007/Annotations/000001.xml ...     classes and boxes
VOC2007/ImageSets/Main/test.txt        which images belong to the split
All three lie in VOCtest_06-Nov-2007.tar (2007 test; heatproof fetch voc2007 gets it) and VOCtrainval_11-May-2012.tar
(2012 trainval) of https://thor.robots.ox.ac.uk/pascal/VOC/. root is VOCdevkit, which holds VOC2007 and VOC2012, or one of these itself.`,
  folder: `<name>.jpg ...            images in one folder, with an optional labels.csv ("id,label", one line an image); or
<class>/<name>.jpg ...    a folder per class`,
  tensors: `<name>.npy ...    network inputs, C x H x W, C x length or features
labels.csv        optional: "id,label", one line an array`,
};

/** How many samples are opened to see whether files are whole and boxes fit them. */
const OPENED = 20;

/** Checks the folder of a data set and says what is there and what is missing. Throws ZodError for a malformed config. */
export async function checkDataset(input: DatasetInput): Promise<DatasetCheck> {
  const config = datasetSchema.parse(input);
  const findings = [...(await findingsOf(config))];
  return { ok: findings.every(({ state }) => state !== 'bad'), findings, expected: EXPECTED[config.type] };
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
  if (config.type === 'voc') return checkEach(vocRoot(config), Object.values(vocParts(config.split)), 'bad');
  if (config.type === 'ilsvrc2012') {
    const { labels, annotations } = ILSVRC2012_PARTS;
    return checkEach(config.root, [labels, annotations], 'warning');
  }
  return [];
}

function checkEach(root: string, parts: readonly Part[], missing: 'bad' | 'warning'): Finding[] {
  return parts.map((part) => {
    const path = findPart(root, part);
    return path === undefined
      ? { state: missing, text: missingPart(root, part) }
      : { state: 'good', text: `${part.name}: ${path}` };
  });
}

function describe({ type, samples, missing, unlabelled, broken }: Dataset): Finding[] {
  const count = (state: Finding['state'], ids: readonly string[], text: string): Finding[] =>
    ids.length === 0 ? [] : [{ state, text: `${ids.length} ${text}: ${preview(ids)}` }];
  const unannotated = samples.filter(({ annotation }) => annotation === undefined).map(({ id }) => id);
  return [
    {
      state: samples.length > 0 ? 'good' : 'bad',
      text: `${samples.length} ${samples.length === 1 ? 'sample' : 'samples'} ready to use`,
    },
    ...count('warning', missing, 'listed, but not on disk'),
    ...count('warning', unlabelled, 'on disk, but without label'),
    ...(type === 'ilsvrc2012' ? count('warning', unannotated, 'without annotation, so without boxes') : []),
    ...broken.map(({ message }): Finding => ({ state: 'warning', text: message })),
  ];
}

async function openSome(dataset: Dataset): Promise<Finding[]> {
  if (dataset.type === 'tensors') return [];
  const problems: Finding[] = [];
  const some = dataset.samples.slice(0, OPENED);
  for (const sample of some) {
    try {
      await readImageSize(sample.path);
      await dataset.boxes(sample);
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

function preview(ids: readonly string[]): string {
  return ids.slice(0, 3).join(', ') + (ids.length > 3 ? ', ...' : '');
}
