import { basename, extname } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { fileName } from '../files/file-name.js';
import { readYaml, validate } from '../files/yaml.js';
import { type Experiment, resolveExperiment, sweepSchema } from './config.js';
import { parseSetting, type Setting, whereSet, withSettings } from './settings.js';

/** What a file asks for: one experiment, or one of every combination of some values. */
export interface Sweep {
  /** The keys whose values differ between the runs; none where there is only one. */
  readonly axes: readonly { readonly key: string; readonly values: readonly unknown[] }[];
  readonly runs: readonly SweepRun[];
}

export interface SweepRun {
  /** Names its folder: the last parts of the keys with their values; empty of the only run. */
  readonly name: string;
  /** One an axis. */
  readonly settings: readonly Setting[];
  readonly experiment: Experiment;
}

/** A config as far as it says of what it is many. */
const sweptSchema = z.looseObject({ sweep: sweepSchema.default({}) });

/**
 * Reads an experiment file with or without a sweep: every combination of the values under `sweep`, the last key's changing
 * first, each checked as if its values stood in the file.
 *
 * @param settings as those of {@link loadExperiment}
 * @throws InputError for what loadExperiment refuses, a value that stands there twice, or a key that is set and swept
 */
export async function loadSweep(path: string, settings: readonly string[] = []): Promise<Sweep> {
  const set = settings.map(parseSetting);
  const content = withSettings(await readYaml(path), set);
  const { sweep, ...single } = validate(sweptSchema, content, whereSet(path, set));
  const axes = Object.entries(sweep).map(([key, values]) => ({ key, values }));
  checkAxes(axes, set, path);
  const names = axes.map((axis) =>
    valueNames(axis.values).map((name) => `${shortKey(axis.key, axes)}-${name}`),
  );
  const runs: SweepRun[] = [];
  for (const places of combinations(axes.map(({ values }) => values.length))) {
    const chosen = axes.map(({ key, values }, i) => ({ key, value: values[places[i] as number] }));
    const where = whereSet(path, [...set, ...chosen]);
    const experiment = await resolveExperiment(withSettings(single, chosen), where, path);
    const name = places.map((place, i) => names[i]?.[place]).join('_');
    runs.push({ name: name && fileName(name), settings: chosen, experiment });
  }
  return { axes, runs };
}

type Axes = Sweep['axes'];

/** @throws InputError where one key leads to another, or a value stands there twice */
function checkAxes(axes: Axes, set: readonly Setting[], path: string): void {
  const leads = (key: string, other: string) => `${other}.`.startsWith(`${key}.`);
  for (const [i, { key, values }] of axes.entries()) {
    const where = `${path}, key sweep`;
    const other = [...set, ...axes.slice(0, i)].find((one) => leads(one.key, key) || leads(key, one.key));
    if (other) throw new InputError(`${key} (${where}): expected once, got it beside ${other.key}`);
    const written = values.map((value) => JSON.stringify(value));
    const twice = written.find((value, place) => written.indexOf(value) !== place);
    if (twice !== undefined)
      throw mismatch({ what: key, where, expected: 'a different value each', got: `${twice} twice` });
  }
}

/** The last part of a key, or as much of it as no other axis ends with. */
function shortKey(key: string, axes: Axes): string {
  const parts = key.split('.');
  const ends = (count: number) => parts.slice(-count).join('.');
  const unlike = (end: string) =>
    axes.every((other) => other.key === key || !`.${other.key}`.endsWith(`.${end}`));
  const counts = parts.map((_, i) => i + 1);
  return ends(counts.find((count) => unlike(ends(count))) ?? parts.length);
}

/** Values as they stand in names: short ones where these tell them apart, else as they are; lists by their place, from 1. */
function valueNames(values: readonly unknown[]): string[] {
  const plain = values.map((value, i) =>
    value !== null && typeof value === 'object' ? `${i + 1}` : `${value}`,
  );
  const short = plain.map((value) => basename(value, /[/\\]/.test(value) ? extname(value) : ''));
  return (
    [short, plain].find((names) => new Set(names).size === names.length) ?? plain.map((_, i) => `${i + 1}`)
  );
}

/** Every combination of places in lists of these lengths; one of no lists. */
function combinations(lengths: readonly number[]): number[][] {
  return lengths.reduce<number[][]>(
    (all, length) => all.flatMap((places) => Array.from({ length }, (_, place) => [...places, place])),
    [[]],
  );
}
