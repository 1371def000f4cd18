import { z } from 'zod';
import type { MethodSettings } from '../own-methods.js';
import type { MethodEntry } from './entry.js';
import { METHODS } from './table.js';

/** Forms of ids by what can be set of them. */
function families(): Map<NonNullable<MethodEntry['parameters']>, string[]> {
  const found = new Map<NonNullable<MethodEntry['parameters']>, string[]>();
  for (const { form, parameters } of METHODS) {
    if (parameters) found.set(parameters, [...(found.get(parameters) ?? []), form]);
  }
  return found;
}

type SettingsSchema = z.ZodObject<{
  id: z.ZodEnum<Record<string, string>>;
  name: z.ZodOptional<z.ZodString>;
}>;

/** Settings of a method in a config; without a name, it is made of the id and what differs from the defaults. */
export const settingsSchema = z.discriminatedUnion(
  'id',
  [...families()].map(([{ schema }, forms]) =>
    z.strictObject({
      id: z.enum(forms as [string, ...string[]]).describe('id of the method'),
      name: z
        .string()
        .regex(/^[\w.-]+$/, 'letters, digits, . _ - only')
        .optional()
        .describe('what it is called; by default its id with the parameters that are set'),
      ...schema.shape,
    }),
  ) as unknown as [SettingsSchema, ...SettingsSchema[]],
);

/** What a method with these settings is called where the config gives no name: `smoothgrad-samples20`. */
export function nameOf({ id, ...values }: MethodSettings): string {
  const defaults = METHODS.find(({ form }) => form === id)?.parameters?.schema.parse({}) ?? {};
  const set = Object.entries(values).filter(([key, value]) => `${value}` !== `${defaults[key]}`);
  return [id, ...set.map(([key, value]) => `${key}${[value].flat().join('_')}`)].join('-');
}
