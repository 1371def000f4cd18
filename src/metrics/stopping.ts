import { decidedAtLook, isNarrow, lookAt, obrienFlemingConstant } from './looks.js';
import { anytimeP, BettingSequence, tightestAt } from './sequential.js';
import { sum } from './statistics.js';

/** When a run knows enough of a mean over images: looked at after every image. */
export interface StopRule {
  /** What the rule is, for reports. */
  readonly words: string;
  /** Begins to watch a mean. */
  watch(): Watch;
  /** Why the rule may not keep what it promises on such values, a phrase each. */
  doubts(values: readonly number[]): readonly string[];
}

/** A mean that is watched. */
export interface Watch {
  /** Takes the value of the next image that has one. */
  add(value: number): void;
  /** @param images images so far, those without a value among them */
  met(images: number): boolean;
}

/** A rule that looks at all the values so far, and rests on the normal distribution. */
function overAll(words: string, met: (values: readonly number[], images: number) => boolean): StopRule {
  return {
    words,
    watch() {
      const values: number[] = [];
      return { add: (value) => values.push(value), met: (images) => met(values, images) };
    },
    doubts: normalDoubts,
  };
}

/** A rule that looks at the betting interval of what values become in 0..1, which holds whatever they are. */
function byBetting(
  words: string,
  alpha: number,
  met: (interval: { readonly low: number; readonly high: number }) => boolean,
  toShare = (value: number) => value,
): StopRule {
  return {
    words,
    watch() {
      const sequence = new BettingSequence(alpha);
      return { add: (value) => sequence.add(toShare(value)), met: () => met(sequence) };
    },
    doubts: () => [],
  };
}

/** Fewest values on which rules decide that rest on the normal distribution. */
export const BURN_IN = 50;

/** Looks of a run that may have so many images at most. */
export const LOOKS = 5;

/** Where confidence sequences are narrowest: fixed before anything is looked at, so the same for every run. */
const RHO = tightestAt(2 * BURN_IN, 0.05);

/** How the sign of a mean difference is decided. */
export interface SignOptions {
  /** Probability of a wrong decision at any time. */
  readonly alpha: number;
  /** Whether the values are differences of shares, -1..1. */
  readonly share: boolean;
  /** The run ends after so many images at the latest: a few looks then take the place of one an image. */
  readonly most?: number | undefined;
}

/** The rule that decides the sign of a mean difference. */
export function signRule({ alpha, share, most }: SignOptions): StopRule {
  if (most !== undefined) return looksRule(alpha, most);
  if (share) {
    const decided = ({ low, high }: { low: number; high: number }) => low > 1 / 2 || high < 1 / 2;
    return byBetting('betting on bounded differences', alpha, decided, (difference) => (difference + 1) / 2);
  }
  return overAll(
    'confidence sequence of paired differences',
    (differences) => (anytimePValue(differences) ?? 1) < alpha,
  );
}

/** The p-value of a mean difference of 0, whenever a run was stopped; undefined of fewer than {@link BURN_IN} values. */
export function anytimePValue(differences: readonly number[]): number | undefined {
  return differences.length < BURN_IN ? undefined : anytimeP(differences, RHO);
}

function looksRule(alpha: number, most: number): StopRule {
  const constant = obrienFlemingConstant(LOOKS, alpha);
  const looks = Array.from({ length: LOOKS }, (_, i) => lookAt(i + 1, LOOKS, most));
  return overAll(`bounds of O'Brien and Fleming at ${LOOKS} looks`, (differences, images) => {
    const look = looks.indexOf(images) + 1;
    return look > 0 && decidedAtLook(differences, look, LOOKS, constant);
  });
}

/** How narrow an interval ends a run. */
export interface WidthOptions {
  readonly halfWidth: number;
  /** Coverage of the interval, 0..1. */
  readonly confidence: number;
  /** Whether the values are shares, 0..1. */
  readonly share: boolean;
}

/** The rule that knows a mean to +- halfWidth. */
export function widthRule({ halfWidth, confidence, share }: WidthOptions): StopRule {
  if (share)
    return byBetting(
      'betting interval that is narrow enough',
      1 - confidence,
      ({ low, high }) => (high - low) / 2 <= halfWidth,
    );
  return overAll('rule of Chow and Robbins', (values) => isNarrow(values, halfWidth, confidence, BURN_IN));
}

/** Skewness from which on rules that rest on the normal distribution decide wrongly more often than they promise. */
const SKEWED = 2;

/** Fewest values that must differ from the most frequent one, where that is most of them. */
const FEWEST_EVENTS = 10;

/** Why rules that rest on the normal distribution may not keep what they promise on values such as these. */
export function normalDoubts(values: readonly number[]): string[] {
  const skew = skewness(values);
  const events = values.length - mostFrequent(values);
  return [
    ...(Math.abs(skew) > SKEWED ? [`strongly skewed (skewness ${skew.toFixed(1)})`] : []),
    ...(events < FEWEST_EVENTS && 2 * events < values.length
      ? [`a matter of rare events (${events} of ${values.length} images differ)`]
      : []),
  ];
}

/** Sample skewness m3 / m2^1.5; 0 where nothing varies. */
function skewness(values: readonly number[]): number {
  const centre = sum(values) / values.length;
  const moment = (power: number) => sum(values.map((value) => (value - centre) ** power)) / values.length;
  const variance = moment(2);
  return variance > 0 ? moment(3) / variance ** 1.5 : 0;
}

/** How often the most frequent value occurs. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
