import { z } from 'zod';
import { experimentSchema } from '../../src/experiment/config.js';

/** A JSON schema, as far as the config's goes. */
interface Schema {
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema | false;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** The config's JSON schema as it may be written, for editors: configs/schema.json. */
export function configSchema(): string {
  const schema = z.toJSONSchema(experimentSchema, { io: 'input', unrepresentable: 'any', reused: 'ref' });
  return `${JSON.stringify({ title: 'heatproof experiment', ...schema }, null, 2)}\n`;
}

const INTRODUCTION = `# Configuration

Every key of an experiment, from the schema that checks it (\`npm run docs\` writes this page). A key that is not here is
an error, and the message names the nearest one that is. Relative paths are taken from the file they stand in;
\`\${NAME}\` is replaced by the environment's value. Editors that know YAML schemas complete and check the keys with this
first line:

\`\`\`yaml
# yaml-language-server: $schema=node_modules/heatproof/configs/schema.json
\`\`\`
`;

/** docs/config.md: a table for every object of the config. */
export function configReference(): string {
  const schema = z.toJSONSchema(experimentSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  return `${[INTRODUCTION, ...sections('## The experiment', schema)].join('\n')}`;
}

/** The table of an object's keys, and then those of the objects in it. */
function sections(title: string, schema: Schema): string[] {
  const entries = Object.entries(schema.properties ?? {});
  const rows = entries.map(([key, value]) => {
    const initial = value.default === undefined || same(value.default, {}) ? '' : code(value.default);
    const needed = schema.required?.includes(key) && value.const === undefined ? '**required**' : initial;
    return `| \`${key}\` | ${values(key, value, true)} | ${needed} | ${cell(value.description ?? '')} |`;
  });
  const table = ['| key | values | default | meaning |', '|---|---|---|---|', ...rows, ''];
  return [title, '', ...table, ...entries.flatMap(([key, value]) => sectionsOf(key, value))];
}

/** A section for each object that a key may hold; one that has kinds, as data sets have, gets a part for each of them. */
function sectionsOf(key: string, schema: Schema): string[] {
  const objects = objectsIn(schema);
  if (objects.length < 2) return objects.flatMap((object) => sections(`## \`${key}\``, object));
  const kinds = objects.flatMap((object) => sections(`### ${code(kindOf(object))}`, object));
  return [`## \`${key}\``, '', ...kinds];
}

/** What a kind of objects is told from others by. */
function kindOf({ properties }: Schema): unknown {
  return properties?.type?.const ?? properties?.id?.enum?.[0];
}

/** The objects that a value may be or hold, each once; an alternative with a single key is written in the table itself. */
function objectsIn(schema: Schema): Schema[] {
  const inside = within(schema).filter(({ properties }) => properties && Object.keys(properties).length > 1);
  const found = [...(schema.properties ? [schema] : []), ...inside];
  return found.filter((one, i) => found.findIndex((other) => same(one, other)) === i);
}

/** What stands directly under a value: alternatives, items, values of a record; not the keys of objects. */
function within({ anyOf = [], oneOf = [], items, additionalProperties }: Schema): Schema[] {
  const record = typeof additionalProperties === 'object' ? [additionalProperties] : [];
  return [...anyOf, ...oneOf, ...(items ? [items] : []), ...record].flatMap((one) => [one, ...within(one)]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What a value may be, in words. */
function values(key: string, schema: Schema, top = false): string {
  const { type, anyOf, oneOf, items, prefixItems, properties, additionalProperties } = schema;
  const options = anyOf ?? oneOf;
  if (options) return [...new Set(options.map((one) => values(key, one)))].join(', or ');
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum) return schema.enum.map(code).join(', ');
  if (prefixItems) return `[${prefixItems.map((one) => values(key, one)).join(', ')}]`;
  if (type === 'array') return `list of: ${values(key, items || {})}`;
  if (properties && (top || Object.keys(properties).length > 1)) return `keys, see [${key}](#${key})`;
  if (properties) {
    const [only] = Object.entries(properties);
    return only ? `{\`${only[0]}\`: ${values(only[0], only[1])}}` : '{}';
  }
  if (typeof additionalProperties === 'object') return `name: ${values(key, additionalProperties)}`;
  if (type === 'integer' || type === 'number')
    return `${type === 'integer' ? 'whole number' : 'number'}${range(schema)}`;
  return { string: 'text', boolean: '`true`, `false`' }[type ?? ''] ?? 'anything';
}

function range({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Schema): string {
  const told = (bound: number | undefined) =>
    bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
  if (told(minimum) && told(maximum)) return ` ${minimum}..${maximum}`;
  const bounds = [
    told(minimum) ? `≥ ${minimum}` : '',
    told(exclusiveMinimum) ? `> ${exclusiveMinimum}` : '',
    told(exclusiveMaximum) ? `< ${exclusiveMaximum}` : '',
  ].filter((bound) => bound !== '');
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/<(\w+)>/g, '\\<$1\\>');
}
