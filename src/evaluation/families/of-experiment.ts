import type { AnyFamily } from './family.js';
import { FAMILIES, type FamilySchemas } from './table.js';

/** The config keys of all families, for the schema of an experiment. */
export const FAMILY_SCHEMAS = Object.fromEntries(
  FAMILIES.map(({ key, schema }) => [key, schema]),
) as FamilySchemas;

/** A family that an experiment asks for, with its config. */
export interface AskedFamily {
  readonly family: AnyFamily;
  readonly config: unknown;
}

/** Whether a family is measured on a sample of the images only. */
export function isSampled({ family, config }: AskedFamily): boolean {
  return family.images?.(config) !== undefined;
}

/** The families that an experiment asks for. */
export function familiesOf(experiment: object): AskedFamily[] {
  const configs = experiment as Readonly<Record<string, unknown>>;
  return FAMILIES.flatMap((family) => (configs[family.key] ? [{ family, config: configs[family.key] }] : []));
}
