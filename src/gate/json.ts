/** The same JSON value with the keys of all objects in order, so that equal values are equal texts. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}

/** JSON of at most `width` characters a line where it can be: what fits on a line stands on one. */
export function compactJson(value: unknown, width: number, indent = ''): string {
  const line = JSON.stringify(value);
  if (indent.length + line.length <= width || value === null || typeof value !== 'object') return line;
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => compactJson(item, width, deeper))
    : Object.entries(value).map(
        ([key, item]) => `${JSON.stringify(key)}: ${compactJson(item, width, deeper)}`,
      );
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return `${open}\n${items.map((item) => deeper + item).join(',\n')}\n${indent}${close}`;
}
