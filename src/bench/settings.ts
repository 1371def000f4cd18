import { z } from 'zod';
import { parseSetting, whereSet, withSettings } from '../experiment/settings.js';
import { validate } from '../files/yaml.js';
import type { BenchOptions } from './bench.js';

const schema = z.strictObject({
  perturbation: z
    .strictObject({ region: z.int().min(1), steps: z.int().min(1) })
    .partial()
    .prefault({}),
});

/** What is perturbed, from settings such as `perturbation.region=4`. @throws InputError for a value that cannot be set */
export function wantedOf(set: readonly string[]): BenchOptions['wanted'] {
  const settings = set.map(parseSetting);
  const { region, steps } = validate(
    schema,
    withSettings({}, settings),
    whereSet('bench', settings),
  ).perturbation;
  return { ...(region !== undefined && { region }), ...(steps !== undefined && { steps }) };
}
