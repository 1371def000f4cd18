import { resolve } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../errors.js';
import { didYouMean } from '../suggest.js';
import { readUserText } from './user-file.js';
import { parseYaml } from './yaml-document.js';

/**
 * Reads a YAML file and fills in the environment's variables.
 *
 * @throws InputError for a file that is missing or no YAML, or an unset variable
 */
export async function readYaml(path: string): Promise<unknown> {
  return parseYamlText(readUserText(path, 'yaml'), 'config file', path);
}

/**
 * The value of a text in YAML, with the environment's variables filled in.
 * @param what the kind of text, in messages; `where` says where it stands
 * @throws InputError for what is no YAML, or an unset variable
 */
export function parseYamlText(text: string, what: string, where: string): unknown {
  try {
    return expand(parseYaml(hideVariables(text), what, where), where);
  } catch (error) {
    throw error instanceof InputError ? new InputError(showVariables(error.message)) : error;
  }
}

/** In `{root: ${NAME}}` YAML would take the variable's braces for its own: while it parses, others stand for them. */
function hideVariables(text: string): string {
  return text.replace(/\$\{(\w+)\}/g, '$\uE000$1\uE001');
}

function showVariables(text: string): string {
  return text.replace(/\uE000(\w+)\uE001/g, '{$1}');
}

/**
 * `${NAME}` in any string becomes the environment's value. A relative path in a variable is taken from the working
 * directory, as the shell that set it would.
 */
function expand(value: unknown, path: string): unknown {
  if (typeof value === 'string') {
    return showVariables(value).replace(/\$\{(\w+)\}/g, (_, name: string) => {
      const found = process.env[name];
      if (found === undefined || found === '') {
        throw mismatch({
          what: `environment variable ${name}`,
          where: path,
          expected: 'a value',
          got: 'nothing set',
        });
      }
      return /^\.{1,2}(\/|$)/.test(found) ? resolve(found) : found;
    });
  }
  if (Array.isArray(value)) return value.map((item) => expand(item, path));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, path)]));
  }
  return value;
}

/** Checks a value against a schema and says in one line which key is wrong, what was expected and what stands there. */
export function validate<T>(schema: z.ZodType<T>, value: unknown, path: string): T {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const issue = worst(result.error.issues.flatMap(flattenUnion));
  const where = `${path}${issue.path.length ? `, key ${issue.path.join('.')}` : ''}`;
  if (issue.code === 'unrecognized_keys') {
    const [key] = issue.keys as [string];
    throw new InputError(`unknown key '${key}' (${where})${didYouMean(key, knownKeys(schema, issue.path))}`);
  }
  throw new InputError(`config value (${where}): ${describe(issue)}`);
}

/** zod says 'Invalid input: expected string, received undefined'; the value itself says more than its type. */
function describe(issue: z.core.$ZodIssue): string {
  const expected = issue.message
    .replace(/^Invalid [\w ]+[:.] E?e?/, 'e')
    .replace(/, received \w+$/, '')
    .replaceAll(/ ?\| ?/g, ' | ');
  const discriminator = issue.code === 'invalid_union' ? issue.discriminator : undefined;
  const got = discriminator ? (issue.input as Record<string, unknown>)[discriminator] : issue.input;
  const known = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  return `${expected}, got ${JSON.stringify(got) ?? 'nothing'}${didYouMean(String(got), known)}`;
}

/** The complaint to show: an unknown key, which explains a missing one, or else what lies deepest. */
function worst(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const unknown = issues.filter(({ code }) => code === 'unrecognized_keys');
  return (unknown.length > 0 ? unknown : issues).reduce((a, b) => (b.path.length > a.path.length ? b : a));
}

/** The complaints of a union's most promising branch: the one that got furthest into the value. */
function flattenUnion(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const depth = (branch: z.core.$ZodIssue[]) =>
    branch.reduce((deepest, { path }) => Math.max(deepest, path.length), 0);
  const best = issue.errors.reduce((a, b) => (depth(b) > depth(a) ? b : a));
  return best.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })).flatMap(flattenUnion);
}

/** The keys that a schema allows at a path, for suggestions. */
function knownKeys(schema: unknown, path: readonly PropertyKey[]): string[] {
  const json = z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' }) as Schema;
  let here: Schema[] = [json];
  for (const key of path) {
    here = here
      .flatMap(alternatives)
      .map((one) => (typeof key === 'number' ? one.items : one.properties?.[String(key)]))
      .filter((one) => one !== undefined);
  }
  return here.flatMap(alternatives).flatMap((one) => Object.keys(one.properties ?? {}));
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
}

function alternatives(schema: Schema): Schema[] {
  const branches = schema.anyOf ?? schema.oneOf;
  return branches ? branches.flatMap(alternatives) : [schema];
}
