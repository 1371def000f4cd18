import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { unpack } from '../../src/fetch/unpack.js';
import { type Entry, tarOf } from './archive.js';

let folder: string;
let archive: string;
let out: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-unpack-'));
  archive = join(folder, 'archive.tar');
  out = join(folder, 'out');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Outside of every test's folder. */
const ABSOLUTE = join(tmpdir(), `heatproof-evil-${process.pid}`);

const good: Entry[] = [
  { path: 'VOCdevkit/', type: 'Directory' },
  { path: 'VOCdevkit/VOC2007/', type: 'Directory' },
  { path: 'VOCdevkit/VOC2007/a.txt', data: 'first' },
  { path: 'VOCdevkit/VOC2007/deep/b.txt', data: 'second' },
];

describe('unpack', () => {
  it('unpacks files and folders without the top folder', async () => {
    writeFileSync(archive, tarOf(good));
    expect(await unpack(archive, out)).toBe(2);
    expect(readFileSync(join(out, 'VOC2007', 'a.txt'), 'utf8')).toBe('first');
    expect(readFileSync(join(out, 'VOC2007', 'deep', 'b.txt'), 'utf8')).toBe('second');
  });

  it('adds to what another archive brought, and replaces what is there', async () => {
    mkdirSync(join(out, 'VOC2007'), { recursive: true });
    writeFileSync(join(out, 'VOC2007', 'a.txt'), 'old');
    writeFileSync(join(out, 'VOC2007', 'other.txt'), 'other');
    writeFileSync(archive, tarOf(good));
    await unpack(archive, out);
    expect(readFileSync(join(out, 'VOC2007', 'a.txt'), 'utf8')).toBe('first');
    expect(readdirSync(join(out, 'VOC2007')).sort()).toEqual(['a.txt', 'deep', 'other.txt']);
  });

  it.each<[string, Entry, string]>([
    ['a path that climbs out', { path: 'VOCdevkit/../../evil', data: 'x' }, 'path "VOCdevkit/../../evil"'],
    ['an absolute path', { path: ABSOLUTE, data: 'x' }, `path "${ABSOLUTE}"`],
    ['a drive', { path: 'C:/evil', data: 'x' }, 'path "C:/evil"'],
    ['a backslash', { path: 'VOCdevkit/..\\evil', data: 'x' }, 'path "VOCdevkit/..\\\\evil"'],
    ['terminal codes', { path: '../\x1b[2Jevil', data: 'x' }, 'path "../\\u001b[2Jevil"'],
    ['a symbolic link', { path: 'VOCdevkit/link', type: 'SymbolicLink', linkpath: '/etc' }, 'SymbolicLink'],
    ['a hard link', { path: 'VOCdevkit/link', type: 'Link', linkpath: 'VOCdevkit/VOC2007/a.txt' }, 'Link'],
    ['a device', { path: 'VOCdevkit/null', type: 'CharacterDevice' }, 'CharacterDevice'],
    ['a pipe', { path: 'VOCdevkit/pipe', type: 'FIFO' }, 'FIFO'],
  ])('refuses %s before anything is written', async (_, entry, got) => {
    writeFileSync(archive, tarOf([...good, entry]));
    const error = await unpack(archive, out).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(`expected files and folders that stay inside it, got ${got}`);
    expect(existsSync(out)).toBe(false);
    expect(existsSync(ABSOLUTE)).toBe(false);
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });

  it.each([
    ['an archive that ends inside a file', tarOf(good).subarray(0, 1539)],
    ['something else', Buffer.from('<html>not here</html>'.repeat(100))],
    ['a compressed bomb', gzipSync(tarOf([{ path: 'VOCdevkit/zeros', data: '\0'.repeat(100_000) }]))],
  ])('refuses %s', async (_, bytes) => {
    writeFileSync(archive, bytes);
    const error = await unpack(archive, out).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(archive);
    expect(existsSync(out)).toBe(false);
  });

  it('drops the bits that let a file run as somebody else', async () => {
    writeFileSync(archive, tarOf([{ path: 'VOCdevkit/tool', data: 'x', mode: 0o6755 }]));
    await unpack(archive, out);
    expect(statSync(join(out, 'tool')).mode & 0o7777).toBe(0o755);
  });

  it('does not write through a link that lies in the folder', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(out);
    symlinkSync(elsewhere, join(out, 'VOC2007'));
    writeFileSync(archive, tarOf(good));
    await unpack(archive, out);
    expect(readdirSync(elsewhere)).toEqual([]);
    expect(readFileSync(join(out, 'VOC2007', 'a.txt'), 'utf8')).toBe('first');
  });
});
