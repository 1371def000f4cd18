import type { Box } from '../datasets/boxes.js';
import type { PlacedMask } from '../datasets/masks.js';
import { placeBox, type Rectangle } from '../datasets/placement.js';
import type { PreparedInput } from '../datasets/prepare.js';
import type { Sample } from '../datasets/sample.js';
import { InputError } from '../errors.js';
import type { Experiment } from '../experiment/config.js';
import type { Document } from '../input/document.js';
import type { InputLayout } from '../input/layout.js';
import { boxMask } from '../metrics/mask.js';
import type { AnnotatedClasses } from './families/family.js';
import { familiesOf } from './families/of-experiment.js';
import { followedScore } from './families/perturbation/config.js';
import { bestOutput, type Output, type Scorer } from './scorer.js';
import type { Done } from './unit.js';

/** A class to explain in an image. */
export interface Target {
  readonly output: Output;
  /** Whether its score is followed while the image is perturbed. */
  readonly followed: boolean;
  /** Where the class is, by the family that is measured on annotated classes. */
  readonly areas: ReadonlyMap<string, Area>;
}

/** Where a class is: its boxes in network coordinates, and its pixels. */
export interface Area {
  readonly boxes: readonly Rectangle[];
  readonly mask: PlacedMask;
}

/** An image as a network sees it. */
export interface SeenImage {
  readonly sample: Sample;
  readonly prepared: PreparedInput;
  readonly layout: InputLayout;
  readonly scorer: Scorer;
  readonly logits: Float32Array;
  /** Reads the image's boxes. */
  readonly boxes: () => Promise<readonly Box[]>;
  /** Reads the mask of a class; undefined where the image has none. */
  readonly mask: (label: number) => Promise<PlacedMask | undefined>;
}

/**
 * Whom to explain: the class whose score is followed, and every annotated class that a family measures; one that is both
 * stands once. Of the annotated classes that cannot be measured, the reasons.
 *
 * @throws InputError when the annotation is broken, or the label that is to be followed is missing
 */
export async function targetsOf(
  image: SeenImage,
  experiment: Experiment,
): Promise<{ targets: Target[]; unmeasured: Done['unmeasured'] }> {
  const families = familiesOf(experiment);
  const rules = families.flatMap(({ family: { key, classes }, config }) =>
    typeof classes === 'object' ? [{ key, rule: classes.annotated(config) }] : [],
  );
  const areas = new Map<Output, Map<string, Area>>();
  const unmeasured: { class: string; reason: string }[] = [];
  const boxes = rules.length > 0 ? await image.boxes() : [];
  for (const { key, rule } of rules) {
    for (const { output, found } of await annotatedClasses(image, boxes, rule)) {
      if (typeof found === 'string') unmeasured.push({ class: output.name, reason: found });
      else areas.set(output, (areas.get(output) ?? new Map<string, Area>()).set(key, found));
    }
  }
  const follows = rules.length === 0 || families.some(({ family }) => family.classes === 'followed');
  const followed = follows ? followedOutput(image, experiment) : undefined;
  const targets = [...areas].map(([output, own]): Target => {
    return { output, followed: output === followed, areas: own };
  });
  if (followed && !areas.has(followed))
    targets.unshift({ output: followed, followed: true, areas: new Map() });
  return { targets, unmeasured };
}

function followedOutput({ sample, scorer, logits }: SeenImage, experiment: Experiment): Output {
  if (followedScore(experiment).target === 'predicted') return bestOutput(scorer, logits);
  const [label] = sample.labels;
  if (label === undefined) throw new InputError(`${sample.id}: target 'true' needs a label, got none`);
  return outputOf(label, scorer);
}

function outputOf(label: number, scorer: Scorer): Output {
  const output = scorer.ofClass(label);
  if (!output) throw new InputError(`class ${label} of the data set: the network has no output for it`);
  return output;
}

/** Each annotated class with where it is, or the reason why it cannot be measured. */
async function annotatedClasses(
  image: SeenImage,
  boxes: readonly Box[],
  rule: AnnotatedClasses,
): Promise<{ output: Output; found: Area | string }[]> {
  const predicted = bestOutput(image.scorer, image.logits);
  const labels = [...new Set(boxes.map(({ label }) => label))].sort((a, b) => a - b);
  const classes: { output: Output; found: Area | string }[] = [];
  for (const label of labels) {
    const output = outputOf(label, image.scorer);
    const left = rule.targets === 'annotated-and-predicted' && output !== predicted;
    classes.push({ output, found: left ? 'not predicted' : await areaOf(image, boxes, label, rule) });
  }
  return classes;
}

/** Where a class is, or why that is nowhere. */
async function areaOf(
  { prepared: { placement, document }, layout, mask }: SeenImage,
  boxes: readonly Box[],
  label: number,
  { difficult, inside }: AnnotatedClasses,
): Promise<Area | string> {
  const own = boxes.filter((box) => box.label === label && (difficult || !box.difficult));
  if (own.length === 0) return 'only difficult boxes';
  if (document) return spansIn(document, own);
  const placed = own.flatMap((box) => (placement && placeBox(box, placement)) ?? []);
  if (inside === 'boxes') {
    if (placed.length === 0) return 'boxes cropped away';
    const covered = boxMask(placed, layout.columns, layout.rows);
    return { boxes: placed, mask: { inside: covered, unclear: new Uint8Array(covered.length) } };
  }
  const found = await mask(label);
  if (!found) return 'no mask';
  return found.inside.includes(1) ? { boxes: placed, mask: found } : 'no pixel of the mask in the input';
}

/** The tokens of spans. Special tokens are nobody's, neither inside nor outside. */
function spansIn({ tokens, words }: Document, spans: readonly Box[]): Area | string {
  const inside = boxMask(spans, tokens.length, 1);
  const unclear = Uint8Array.from(words, (word) => (word < 0 ? 1 : 0));
  const seen = inside.some((one, i) => one === 1 && !unclear[i]);
  return seen ? { boxes: spans, mask: { inside, unclear } } : 'spans cut off';
}
