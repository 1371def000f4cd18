import { InputError, mismatch } from '../errors.js';
import { parseYamlText } from '../files/yaml.js';

/** A value that takes the place of another in a config: that of `--set perturbation.region=4`, or one of a sweep. */
export interface Setting {
  /** The keys that lead to the value, with dots between them; in a list, its place from 0. */
  readonly key: string;
  readonly value: unknown;
}

/**
 * Reads `key=value`, where the value is YAML, and `${NAME}` in it the environment's value.
 * @throws InputError for anything else
 */
export function parseSetting(text: string): Setting {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (key === undefined || value === undefined || key.split('.').includes(''))
    throw new InputError(`--set: expected key=value, as in perturbation.region=4, got '${text}'`);
  return { key, value: parseYamlText(value, '--set', text) };
}

/**
 * The config with the settings in it, one after the other; the config itself stays as it is. Keys that are not there are
 * made: whether they may be is for a schema to say.
 *
 * @throws InputError where a key leads into something that has none
 */
export function withSettings(config: unknown, settings: readonly Setting[]): unknown {
  return settings.reduce((whole, { key, value }) => replaced(whole, key.split('.'), value, key), config);
}

function replaced(whole: unknown, [first, ...rest]: readonly string[], value: unknown, key: string): unknown {
  if (first === undefined) return value;
  if (Array.isArray(whole)) {
    const place = /^\d+$/.test(first) ? Number(first) : Number.NaN;
    if (!(place < whole.length))
      throw mismatch({
        what: '--set',
        where: key,
        expected: `a place of 0..${whole.length - 1}`,
        got: `'${first}'`,
      });
    return whole.map((item, i) => (i === place ? replaced(item, rest, value, key) : item));
  }
  if (whole !== undefined && whole !== null && typeof whole !== 'object')
    throw mismatch({
      what: '--set',
      where: key,
      expected: `keys above '${first}'`,
      got: JSON.stringify(whole),
    });
  const record = (whole ?? {}) as Readonly<Record<string, unknown>>;
  const own = Object.hasOwn(record, first) ? record[first] : undefined;
  return { ...record, [first]: replaced(own, rest, value, key) };
}

/** Where a value stands that came from a file and from settings. */
export function whereSet(path: string, settings: readonly Setting[]): string {
  const written = settings.map(({ key, value }) => `${key}=${JSON.stringify(value)}`);
  return [path, ...(written.length > 0 ? [`with ${written.join(', ')}`] : [])].join(' ');
}
