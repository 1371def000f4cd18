import type { z } from 'zod';

/** A family's config where it is asked for. */
export type ConfigOf<Schema extends z.ZodType> = Exclude<z.output<Schema>, undefined | false>;

/** The config of a family, where the experiment asks for it. */
export type Asked = <Schema extends z.ZodType>(family: {
  readonly key: string;
  readonly schema: Schema;
}) => ConfigOf<Schema> | undefined;

/** Reads the configs of families from an experiment. */
export function askedOf(experiment: object): Asked {
  return ({ key }) => ((experiment as Record<string, unknown>)[key] || undefined) as never;
}
