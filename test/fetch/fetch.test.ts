import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { datasetSchema } from '../../src/datasets/config.js';
import { openDataset } from '../../src/datasets/open.js';
import { InputError } from '../../src/errors.js';
import { fetchSource } from '../../src/fetch/fetch.js';
import type { Source, SourceFile } from '../../src/fetch/sources.js';
import { hostHere } from '../../src/files/claim.js';
import { type Lock, takeLock } from '../../src/files/lock.js';
import { hasShared, needsShared, shared } from '../shared.js';
import { tarOf } from './archive.js';
import { answerWith, contentOf, published, serve } from './server.js';

let folder: string;
let notes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof-fetch-'));
  notes = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const weights = contentOf(5000);
const definition = Buffer.from('name: "Net"\n');

async function hostFiles(files: Record<string, Buffer>) {
  return serve((request, response) => {
    const content = files[request.url ?? ''];
    if (content === undefined) response.writeHead(404).end();
    else answerWith(content, request, response);
  });
}

const sourceOf = (files: SourceFile[]): Source => ({
  what: 'a net',
  licence: 'free',
  home: 'https://example.org/net',
  variable: 'NETS',
  folder: 'nets',
  files,
});

const netOf = (url: string): Source =>
  sourceOf([
    { url: `${url}/deploy.prototxt`, ...published(definition), path: 'net/deploy.prototxt' },
    { url: `${url}/net.caffemodel`, ...published(weights), path: 'net/net.caffemodel' },
  ]);

const run = (source: Source) =>
  fetchSource(
    source,
    folder,
    { note: (line) => notes.push(line), start: () => ({ received: () => {}, end: () => {} }) },
    { backoffMs: 1 },
  );

const messageOf = async (source: Source) => {
  const error = await run(source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  return (error as Error).message;
};

describe('fetchSource', () => {
  it('downloads every file, and none of them again', async () => {
    const server = await hostFiles({ '/deploy.prototxt': definition, '/net.caffemodel': weights });
    await run(netOf(server.url));
    expect(readFileSync(join(folder, 'net', 'net.caffemodel')).equals(weights)).toBe(true);
    expect(readFileSync(join(folder, 'net', 'deploy.prototxt')).equals(definition)).toBe(true);
    expect(server.requests).toHaveLength(2);
    expect(notes).toEqual([]);
    await run(netOf(server.url));
    expect(server.requests).toHaveLength(2);
    expect(notes).toEqual([
      `${join(folder, 'net', 'deploy.prototxt')} is there already`,
      `${join(folder, 'net', 'net.caffemodel')} is there already`,
    ]);
  });

  it('waits while another process brings a file, and takes what that has brought', async () => {
    const server = await hostFiles({ '/deploy.prototxt': definition, '/net.caffemodel': weights });
    const path = join(folder, 'net', 'net.caffemodel');
    mkdirSync(join(folder, 'net'));
    const other = await takeLock(join(folder, 'net'), 'net.caffemodel.lock.');
    const waiting = run(netOf(server.url));
    const note = `waiting for process ${process.pid} on ${hostHere()}, which brings ${path}`;
    await vi.waitFor(() => expect(notes).toContain(note), 5000);
    expect(existsSync(path)).toBe(false);
    writeFileSync(path, weights);
    await (other as { lock: Lock }).lock.release();
    await waiting;
    expect(server.requests.map(({ path }) => path)).toEqual(['/deploy.prototxt']);
    expect(readdirSync(join(folder, 'net')).sort()).toEqual(['deploy.prototxt', 'net.caffemodel']);
  });

  it('leaves a file alone that is there and is another one', async () => {
    const server = await hostFiles({ '/deploy.prototxt': definition, '/net.caffemodel': weights });
    const path = join(folder, 'net', 'net.caffemodel');
    mkdirSync(join(folder, 'net'));
    writeFileSync(path, 'my own weights');
    expect(await messageOf(netOf(server.url))).toBe(
      `${path} is there already and is not the published file (expected 5000 bytes, got 14): move it away, or choose another folder with --out`,
    );
    expect(readFileSync(path, 'utf8')).toBe('my own weights');
  });

  it('says what to put where when a file cannot be had', async () => {
    const server = await hostFiles({ '/deploy.prototxt': definition });
    const path = join(folder, 'net', 'net.caffemodel');
    expect(await messageOf(netOf(server.url))).toBe(
      `cannot download ${server.url}/net.caffemodel: the server does not have it (HTTP 404); get it another way (https://example.org/net), put it at ${path}, and run this command again`,
    );
    writeFileSync(path, weights);
    await run(netOf(server.url));
    expect(notes.at(-1)).toBe(`${path} is there already`);
  });

  it('names every file that is missing', async () => {
    const server = await hostFiles({});
    const places = ['deploy.prototxt', 'net.caffemodel'].map((name) => join(folder, 'net', name));
    expect(await messageOf(netOf(server.url))).toContain(`put it at ${places.join(' and ')}, and run`);
  });

  it('says that it cannot write', async () => {
    const server = await hostFiles({ '/deploy.prototxt': definition });
    writeFileSync(join(folder, 'net'), 'a file where the folder should be');
    expect(await messageOf(netOf(server.url))).toContain(
      `cannot write ${join(folder, 'net', 'deploy.prototxt')}: E`,
    );
  });

  it('unpacks archives side by side, removes them and remembers', async () => {
    const trainval = tarOf([{ path: 'VOCdevkit/VOC2007/ImageSets/Main/trainval.txt', data: '000005' }]);
    const test = tarOf([{ path: 'VOCdevkit/VOC2007/ImageSets/Main/test.txt', data: '000001' }]);
    const server = await hostFiles({ '/trainval.tar': trainval, '/test.tar': test });
    const source = sourceOf([
      {
        url: `${server.url}/trainval.tar`,
        ...published(trainval),
        path: 'trainval.tar',
        unpacksTo: 'VOC2007',
      },
      { url: `${server.url}/test.tar`, ...published(test), path: 'test.tar', unpacksTo: 'VOC2007' },
    ]);
    await run(source);
    expect(readdirSync(folder)).toEqual(['VOC2007']);
    expect(readdirSync(join(folder, 'VOC2007', 'ImageSets', 'Main')).sort()).toEqual([
      'test.txt',
      'trainval.txt',
    ]);
    expect(notes).toContain(`1 files unpacked into ${join(folder, 'VOC2007')}`);
    await run(source);
    expect(server.requests).toHaveLength(2);
    rmSync(join(folder, 'VOC2007'), { recursive: true });
    await run(source);
    expect(server.requests).toHaveLength(4);
  });

  it.skipIf(!hasShared)(`makes a VOC that data sets open${needsShared}`, async () => {
    const archive = create({ cwd: shared('datasets'), sync: true }, ['VOCdevkit/VOC2007']).read() as Buffer;
    const server = await hostFiles({ '/voc.tar': archive });
    const file = {
      url: `${server.url}/voc.tar`,
      ...published(archive),
      path: 'voc.tar',
      unpacksTo: 'VOC2007',
    };
    await run(sourceOf([file]));
    const open = (root: string) =>
      openDataset(datasetSchema.parse({ type: 'voc', year: 2007, split: 'test', root }));
    const [fetched, original] = [await open(folder), await open(shared('datasets', 'VOCdevkit'))];
    expect(fetched.samples.length).toBeGreaterThan(0);
    expect(fetched.hash).toBe(original.hash);
  });

  it('unpacks an archive that was put there by hand', async () => {
    const archive = tarOf([{ path: 'VOCdevkit/VOC2007/a.txt', data: 'x' }]);
    const server = await hostFiles({});
    writeFileSync(join(folder, 'a.tar'), archive);
    const url = `${server.url}/a.tar`;
    await run(sourceOf([{ url, ...published(archive), path: 'a.tar', unpacksTo: 'VOC2007' }]));
    expect(existsSync(join(folder, 'VOC2007', 'a.txt'))).toBe(true);
    expect(existsSync(join(folder, 'a.tar'))).toBe(false);
    expect(server.requests).toEqual([]);
  });
});
