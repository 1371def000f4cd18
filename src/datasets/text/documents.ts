import { extname, join } from 'node:path';
import { z } from 'zod';
import { InputError, mismatch } from '../../errors.js';
import { parseJson } from '../../files/json-document.js';
import { readUserText } from '../../files/user-file.js';
import { isFileName } from '../layout.js';
import type { TextSample } from '../sample.js';

/** A document of a file, or why it is none. */
export type Listed =
  | { readonly id: string; readonly label: string | undefined; readonly content: TextSample }
  | { readonly id: string; readonly problem: InputError };

const LONGEST_ID = 200;

const span = z.object({ start: z.int().min(0), end: z.int().min(0), label: z.string() });

const documentSchema = z.object({
  id: z.string().max(LONGEST_ID).refine(isFileName, 'expected a name without slashes and control characters'),
  tokens: z.array(z.string()).min(1, 'expected at least one token').optional(),
  ids: z.array(z.int().min(0)).optional(),
  text: z
    .string()
    .refine((text) => text.trim() !== '', 'expected a text')
    .optional(),
  label: z.union([z.string(), z.int().min(0)]).optional(),
  spans: z.array(span).optional(),
});

/** The documents of a file: of `.jsonl` one a line, of `.json` a single one. */
export function readDocuments(root: string, file: string): Listed[] {
  const path = join(root, file);
  const text = readUserText(path, 'documents').replace(/^\ufeff/, '');
  if (extname(file).toLowerCase() === '.json') return [documentOf(text, file, path)];
  return text
    .split(/\r?\n/)
    .flatMap((line, i) =>
      line.trim() === '' ? [] : [documentOf(line, `${file}-${i + 1}`, `${path}, line ${i + 1}`)],
    );
}

/** @param place names it where it has no id */
function documentOf(text: string, place: string, where: string): Listed {
  let id = place;
  try {
    const content = parseJson(text, 'document', where);
    id = idOf(content) ?? place;
    const read = documentSchema.safeParse(content);
    if (!read.success) throw refused(where, read.error);
    const { label, ...rest } = read.data;
    checkDocument(rest, where);
    const { tokens, ids, text: raw, spans } = rest;
    return {
      id,
      label: label === undefined ? undefined : String(label),
      content: {
        ...(tokens && { tokens }),
        ...(ids && { ids }),
        ...(raw !== undefined && { text: raw }),
        ...(spans && { spans }),
      },
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { id, problem: error };
  }
}

function idOf(content: unknown): string | undefined {
  const { id } = (content ?? {}) as { id?: unknown };
  return typeof id === 'string' && id.length <= LONGEST_ID && isFileName(id) ? id : undefined;
}

/** @throws InputError for parts that do not belong together */
function checkDocument(
  { tokens, ids, text, spans = [] }: Omit<z.output<typeof documentSchema>, 'label'>,
  where: string,
): void {
  const refuse = (expected: string, got: string) => mismatch({ what: 'document', where, expected, got });
  if ((tokens === undefined) === (text === undefined))
    throw refuse('either tokens or text', tokens ? 'both' : 'neither');
  if (ids && ids.length !== (tokens ?? []).length)
    throw refuse('an id a token', `${ids.length} ids for ${tokens?.length ?? 0} tokens`);
  const bad = spans.find(({ start, end }) => start >= end || end > (tokens ?? []).length);
  if (bad)
    throw refuse(`spans of its ${tokens?.length ?? 0} tokens, start < end`, `${bad.start} to ${bad.end}`);
}

function refused(where: string, { issues: [issue] }: z.ZodError): InputError {
  const at = issue?.path.join('.') || 'the whole';
  return mismatch({
    what: 'document',
    where,
    expected: '{id, tokens or text, ids?, label?, spans?}',
    got: `${at}: ${issue?.message}`,
  });
}
