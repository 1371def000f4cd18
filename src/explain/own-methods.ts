import type { UserLines } from './composites.js';

/** A method with values for its parameters. */
export interface MethodSettings {
  /** Id of the method that they are of. */
  readonly id: string;
  readonly [parameter: string]: unknown;
}

/** What a config defines under names of its own: composites, and methods with parameters. */
export type OwnMethods = Readonly<Record<string, UserLines | MethodSettings>>;

/** Whether what is defined is a composite. */
export function isLines(given: OwnMethods[string] | undefined): given is UserLines {
  return Array.isArray(given);
}
