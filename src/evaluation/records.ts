import type { Conservation } from '../explain/conservation.js';
import type { ExplainedMap } from './explained.js';
import type { ExplainedClass } from './families/explained-class.js';
import type { AnyFamily } from './families/family.js';
import { type AskedFamily, isSampled } from './families/of-experiment.js';
import type { Target } from './targets.js';
import type { ExplanationRecord } from './unit.js';

/** A class of an image that was explained. */
export interface ExplainedTarget {
  readonly target: Target;
  /** Whether it is the first one of its image. */
  readonly first: boolean;
  /** Its score before anything is perturbed. */
  readonly score: number;
  readonly maps: readonly ExplainedMap[];
  /** What every family sees of it. */
  readonly seen: Omit<ExplainedClass, 'mask'>;
  /** What happened to its relevance by a method, where that was checked. */
  conservation(method: string): Conservation | undefined;
}

/** What is known of one class of an image: a record a method, and what families keep of the image. */
export interface ClassRecords {
  readonly explanations: ExplanationRecord[];
  readonly image: Readonly<Record<string, unknown>>;
}

/**
 * Measures one class of an image by every family that asks for it.
 *
 * @param also keys of the families that measure a sample of images only, and this one among them
 */
export async function recordClass(
  one: ExplainedTarget,
  families: readonly AskedFamily[],
  also: ReadonlySet<string>,
): Promise<ClassRecords> {
  const { target, maps, score } = one;
  const concerned = families.filter(({ family }) => concerns(family, one));
  const everywhere = concerned.filter((asked) => !isSampled(asked));
  const sampled = concerned.filter((asked) => isSampled(asked) && also.has(asked.family.key));
  const [first, last] = [await measure(one, everywhere), await measure(one, sampled)];
  return {
    explanations: maps.map(({ method, relevance }, i) => {
      const balance = one.conservation(method);
      return {
        class: target.output.name,
        method,
        score,
        relevance,
        ...first.explanations[i],
        ...(balance && { conservation: balance }),
        ...last.explanations[i],
      };
    }),
    image: { ...first.image, ...last.image },
  };
}

/** Whether a family is measured on a class of an image. */
function concerns({ key, classes }: AnyFamily, { target, first }: ExplainedTarget): boolean {
  if (typeof classes === 'object') return target.areas.has(key);
  return { followed: target.followed, first, every: true }[classes];
}

/** The records of several families: one a method, by record key. */
async function measure({ target, seen }: ExplainedTarget, families: readonly AskedFamily[]) {
  const explanations = seen.maps.map((): Record<string, unknown> => ({}));
  const image: Record<string, unknown> = {};
  for (const { family, config } of families) {
    const mask = target.areas.get(family.key)?.mask;
    const measured = await family.measure({ ...seen, mask }, config);
    for (const [i, record] of measured.explanations.entries()) {
      if (record !== undefined) Object.assign(explanations[i] as object, { [family.recordKey]: record });
    }
    Object.assign(image, measured.image);
  }
  return { explanations, image };
}
