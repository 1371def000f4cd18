/** The classes of a data set or network, in the order of the network's outputs. */
export interface Classes {
  /** What annotations and folders call each class: the WordNet synset (ilsvrc2012) or the name. */
  keys: string[];
  /** What people call it. Two classes may share a name (ImageNet's bird and machine are both `crane`). */
  names: string[];
}

/** The same names, each once: those that stand several times with their index, `crane (134)`. */
export function distinctNames(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const taken = new Set(names);
  return names.map((name, index) => {
    if (counts.get(name) === 1) return name;
    let distinct = `${name} (${index})`;
    while (taken.has(distinct)) distinct = `${distinct} (${index})`;
    taken.add(distinct);
    return distinct;
  });
}

/** How a class may be written, from strict to loose; a looser way counts only where no stricter one finds anything. */
const SPELLINGS: readonly ((name: string) => readonly string[])[] = [
  (name) => [name],
  (name) => [plain(name)],
  (name) => name.split(',').map(plain),
];

/** Finds classes by a name as people write it: all indices that it may mean. */
export type FindClass = (name: string) => readonly number[];

/** Makes the search: by key or name; upper case, `_`, `-` and Unicode form aside; by one of several names with commas between. */
export function classFinder({ keys, names }: Classes): FindClass {
  const tables = SPELLINGS.map((spellings) => {
    const table = new Map<string, Set<number>>();
    for (const list of [keys, names]) {
      for (const [index, name] of list.entries()) {
        for (const one of spellings(name)) table.set(one, (table.get(one) ?? new Set()).add(index));
      }
    }
    return { spellings, table };
  });
  return (name) => {
    for (const { spellings, table } of tables) {
      const found = new Set(spellings(name).flatMap((one) => [...(table.get(one) ?? [])]));
      if (found.size > 0) return [...found];
    }
    return [];
  };
}

function plain(name: string): string {
  return name.normalize('NFC').toLowerCase().replace(/[_-]/g, ' ').trim();
}

/** What a network says of its classes. */
export interface NetworkClasses {
  readonly outputs: number;
  /** Undefined where neither its descriptor nor its file names some. */
  readonly labels: Classes | undefined;
}

/** What a data set says of its classes. */
export interface DatasetClasses {
  readonly keys: readonly string[];
  /** By class index; empty where the data set only knows indices of outputs. */
  readonly classes: readonly string[];
  /** Classes are folders, which nothing brings into the order of a network's outputs but their alphabet. */
  readonly alphabetical?: true;
}

/**
 * The output of a network for each class of a data set, by class index: by name where the network's labels name all of
 * them; else by order, where there are as many classes as outputs and no name says otherwise. Folders in alphabetical
 * order, as training with torchvision's ImageFolder has them, count as an order only for a network without labels.
 * Where it cannot be told, what stands in the way.
 */
export function outputsOfClasses(
  { keys, classes, alphabetical }: DatasetClasses,
  { outputs, labels }: NetworkClasses,
): readonly number[] | string {
  const inOrder = [...classes.keys()];
  if (classes.length === 0) return Array.from({ length: outputs }, (_, i) => i);
  if (!labels) return classes.length === outputs ? inOrder : `${classes.length} classes`;
  const find = classFinder(labels);
  const found = classes.map(
    (name, i) => [keys[i] as string, name].map(find).find(({ length }) => length > 0) ?? [],
  );
  const lacking = classes.filter((_, i) => found[i]?.length !== 1);
  if (lacking.length === 0) {
    const matched = found.flat();
    return new Set(matched).size === matched.length ? matched : 'several classes of one label';
  }
  const contradicted = found.some((indices, i) => indices.length === 1 && indices[0] !== i);
  if (!alphabetical && classes.length === outputs && !contradicted) return inOrder;
  return `${classes.length} classes, ${lacking.length} of them not among its labels: ${preview(lacking)}`;
}

/** The first few of many. */
export function preview(names: readonly string[]): string {
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ', ...' : '');
}
