/** A place at which JSON values differ: its keys with dots between them, and what each has there, as JSON. */
export interface Differing {
  readonly path: string;
  readonly values: readonly (string | undefined)[];
}

/** Every place at which not all of some JSON values are the same. */
export function differingPlaces(values: readonly unknown[], path: readonly string[] = []): Differing[] {
  const written = values.map((value) => JSON.stringify(value) as string | undefined);
  if (new Set(written).size <= 1) return [];
  if (values.every(isTree)) {
    const keys = new Set(values.flatMap((value) => Object.keys(value)));
    return [...keys].flatMap((key) =>
      differingPlaces(
        values.map((value) => value[key]),
        [...path, key],
      ),
    );
  }
  return [{ path: path.join('.'), values: written }];
}

/** The paths at which two JSON values differ, as "key: old -> new". */
export function differences(before: unknown, after: unknown): string[] {
  return differingPlaces([before, after]).map(
    ({ path, values: [old = 'nothing', now = 'nothing'] }) => `${path}: ${old} -> ${now}`,
  );
}

/** Lists of plain values are compared as a whole. */
function isTree(value: unknown): value is Record<string, unknown> {
  if (Array.isArray(value)) return value.some((item) => typeof item === 'object');
  return typeof value === 'object' && value !== null;
}
