import type { z } from 'zod';
import { validate } from '../../files/yaml.js';
import type { Attribution } from '../attributions/attribution.js';
import type { Step } from '../heatmap.js';

/** One method, or all methods whose ids have one form. */
export interface MethodEntry {
  /** The id; `<e>` stands for a number in it, `<dir>` for a path. */
  readonly form: string;
  /** An id of this form, where the form is none itself. */
  readonly example?: string;
  /** What it is, in a line. */
  readonly line: string;
  /** The paper it is from. */
  readonly source: string;
  /** What computes it, made of what stands for `<...>` in the id. @throws InputError for numbers that are not allowed */
  readonly by: (...values: string[]) => Attribution;
  /** What a config can set of it. */
  readonly parameters?: Parameters;
  /** What is done with these numbers, in order; nothing by default. */
  readonly steps?: readonly Step[];
  /** Whether negative numbers mean evidence against the target; by default, unless they are pooled. */
  readonly signed?: boolean;
}

/** Parameters of a method, each with a default, and what computes it with other values. */
export interface Parameters {
  readonly schema: z.ZodObject;
  /** @param name of the method, for complaints @throws InputError for values that are not allowed */
  readonly by: (values: Readonly<Record<string, unknown>>, name: string) => Attribution;
}

/** The entries of a method that is computed by these parameters, by their defaults under its plain id. */
export function parametrised<Schema extends z.ZodObject>(
  schema: Schema,
  by: (values: z.infer<Schema>) => Attribution,
): Pick<MethodEntry, 'by' | 'parameters'> {
  return {
    by: () => by(schema.parse({})),
    parameters: {
      schema,
      by: (values, name) => by(validate(schema, values, `method '${name}'`) as z.infer<Schema>),
    },
  };
}

/** A method with numbers per channel, and its two poolings over channels. */
export function pooled(entry: MethodEntry): MethodEntry[] {
  const { form, steps = [] } = entry;
  return [
    entry,
    { ...entry, form: `${form}-l2`, line: `${form}, l2 norm over channels`, steps: [...steps, 'l2'] },
    {
      ...entry,
      form: `${form}-linf`,
      line: `${form}, largest absolute value over channels`,
      steps: [...steps, 'linf'],
    },
  ];
}
