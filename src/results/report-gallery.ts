import { existsSync } from 'node:fs';
import sharp from 'sharp';
import type { Preprocessing } from '../datasets/preprocessing.js';
import { RANDOM } from '../evaluation/families/perturbation.js';
import { heatmapFolder, heatmapStem, slug } from '../evaluation/heatmaps.js';
import { IMAGE_GRID } from '../evaluation/image-coordinates.js';
import type { DoneUnit, ExplanationRecord, UnitResult } from '../evaluation/unit.js';
import type { Experiment, PerturbationConfig } from '../experiment/config.js';
import type { RunRecord } from '../experiment/definition.js';
import { resolveMethod } from '../explain/methods.js';
import { readNpy } from '../files/npy.js';
import { aopc, meanCurve } from '../metrics/aopc.js';
import { rankRegions, regionOrder } from '../perturbation/orders.js';
import { type Grid, regionGrid, regionRelevance } from '../perturbation/regions.js';
import type { Pixels } from '../report/canvas.js';
import type { DisplayedFill, Gallery, GalleryImage, GalleryResult, Replay } from '../report/html/data.js';
import type { ResultsDirectory } from './directory.js';

/**
 * The images of a run whose heatmaps were kept. With one network each plays its perturbation; with several, heatmaps are
 * shown in image coordinates side by side.
 */
export async function galleryOf(
  directory: ResultsDirectory,
  record: RunRecord,
  units: () => AsyncIterable<UnitResult>,
): Promise<Gallery | undefined> {
  const { experiment } = record;
  const byImage = new Map<string, DoneUnit[]>();
  let measured = 0;
  for await (const unit of units()) {
    if (unit.status !== 'done') continue;
    measured++;
    if (!byImage.has(unit.image) && byImage.size >= experiment.heatmaps) continue;
    byImage.set(unit.image, [...(byImage.get(unit.image) ?? []), unit]);
  }
  const several = experiment.networks.length > 1;
  const [, height = 0, width = 0] = several ? [0, IMAGE_GRID, IMAGE_GRID] : inputShapeOf(record);
  if (height === 0 || width === 0 || byImage.size === 0) return undefined;
  const grid = regionGrid([height, width], experiment.perturbation?.region ?? 1);
  const { regionHeight, regionWidth, columns } = grid;
  return {
    measured: measured / experiment.networks.length,
    score: `${experiment.perturbation?.output ?? 'logit'} of the explained class`,
    grid: { width, height, regionWidth, regionHeight, columns },
    fill: displayedFill(experiment),
    images: [...byImage.values()].map((own) => () => galleryImage(directory, experiment, own, grid)),
  };
}

/** The input shape of the only network, as the run recorded it. */
function inputShapeOf({ definition }: RunRecord): readonly number[] {
  const [network] = definition.networks as { inputShape: number[] }[];
  return network?.inputShape.length === 3 ? network.inputShape : [];
}

async function galleryImage(
  directory: ResultsDirectory,
  experiment: Experiment,
  units: readonly DoneUnit[],
  grid: Grid,
): Promise<GalleryImage> {
  const [first] = units as [DoneUnit];
  const several = experiment.networks.length > 1;
  const explained = shownClass(first);
  const id = fileImage(first, explained);
  const picture = several ? `${slug(first.image)}.image.png` : `${slug(id)}.input.png`;
  const results = units.flatMap((unit) =>
    experiment.methods.map((method) => {
      const record = unit.explanations.find((one) => one.method === method && one.class === shownClass(unit));
      return record && galleryResult(directory, experiment, unit, record, grid);
    }),
  );
  const boxes = several ? undefined : first.boxes?.[explained];
  return {
    id: first.image,
    label: first.labels.join(', ') || explained,
    predicted: first.top[0]?.label ?? '',
    ...(units.every((unit) => shownClass(unit) === explained) && { explained }),
    ...(boxes && { boxes }),
    subject: await readPixels(`${directory.heatmaps}/${picture}`, grid),
    results,
  };
}

/** Of several explained classes the one whose score was followed, else the first. */
function shownClass({ explanations }: DoneUnit): string {
  return (explanations.find(({ curves }) => curves) ?? explanations[0])?.class ?? '';
}

/** The name under which an image's files were kept: with its class when several were explained. */
function fileImage({ image, explanations }: DoneUnit, name: string): string {
  return new Set(explanations.map((one) => one.class)).size > 1 ? `${image}.${name}` : image;
}

function galleryResult(
  directory: ResultsDirectory,
  experiment: Experiment,
  unit: DoneUnit,
  { method, curves, class: name }: ExplanationRecord,
  grid: Grid,
): GalleryResult {
  const several = experiment.networks.length > 1;
  const folder = heatmapFolder(directory.heatmaps, unit.network, several);
  const stem = heatmapStem(folder, several ? unit.image : fileImage(unit, name), method);
  const file = several ? `${stem}.image.npy` : `${stem}.npy`;
  if (!existsSync(file)) return {};
  const { signed } = resolveMethod(method, experiment.composites);
  const values = readNpy(file).data;
  const { width, height } = grid;
  const { perturbation } = experiment;
  const played =
    perturbation?.regionsPerStep === 1 && !several
      ? { perturbation, values, grid, image: unit.image, method }
      : undefined;
  const morf = curves?.morf && played && trajectory(played, 'morf', curves.morf);
  const lerf = curves?.lerf && played && trajectory(played, 'lerf', curves.lerf);
  const area = morf && aopc(morf.scores);
  return {
    map: { values, width, height, signed },
    ...(area !== undefined && { aopc: area }),
    ...(morf && { morf }),
    ...(lerf && { lerf }),
  };
}

interface Played {
  readonly perturbation: PerturbationConfig;
  readonly values: Float32Array;
  readonly grid: Grid;
  readonly image: string;
  readonly method: string;
}

/** The regions in the order they were replaced (of the random baseline: in its first repeat), and the mean scores. */
function trajectory(
  { perturbation, values, grid, image, method }: Played,
  order: 'morf' | 'lerf',
  repeats: readonly (readonly number[])[],
): Replay {
  const { seed, steps } = perturbation;
  const key = { seed, imageId: image, repeat: 0 };
  const ranking = rankRegions(regionRelevance(values, grid));
  const own = method === RANDOM ? regionOrder('random', ranking, ranking.length, key) : ranking;
  return { order: regionOrder(order, own, steps, key), scores: meanCurve(repeats) as Float64Array };
}

async function readPixels(path: string, { width, height }: Grid): Promise<Pixels> {
  if (!existsSync(path)) return { data: new Uint8Array(width * height * 3).fill(255), width, height };
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** How the report shows what replaced a region; where it cannot show the real thing it says so. */
function displayedFill({ perturbation, networks }: Experiment): DisplayedFill {
  const fill = perturbation?.fill ?? 'uniform';
  switch (fill) {
    case 'uniform':
      return {
        kind: 'noise',
        note: 'Replaced regions are shown with noise of the same kind, not with the very numbers that were drawn.',
      };
    case 'black':
      return { kind: 'colour', rgb: [0, 0, 0], note: 'Replaced regions are black, as they were.' };
    case 'mean':
      return {
        kind: 'colour',
        rgb: meanPixel(networks[0]?.preprocessing),
        note: 'Replaced regions have the mean colour, as they had.',
      };
    default:
      return {
        kind: 'grey',
        note: `Replaced regions are shown in grey; what replaced them (${fill}) is not drawn here.`,
      };
  }
}

/** The mean pixel that preprocessing subtracts, as RGB in 0..255. */
function meanPixel(preprocessing: Preprocessing | undefined): [number, number, number] {
  const { mean = [0, 0, 0], scale = 1, channels = 'rgb' } = preprocessing ?? {};
  const [a = 0, b = a, c = a] = mean.map((value) => Math.round(value / scale));
  return channels === 'bgr' ? [c, b, a] : [a, b, c];
}
