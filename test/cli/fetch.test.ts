import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FetchOptions, runFetch } from '../../src/cli/fetch.js';
import { SOURCES, type Source } from '../../src/fetch/sources.js';
import { answerWith, contentOf, published, serve } from '../fetch/server.js';

let folder: string;
let stdout: string;
let stderr: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heatproof fetch-'));
  stdout = '';
  stderr = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    stderr += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const content = contentOf(5000);

async function table(): Promise<Record<string, Source>> {
  const server = await serve((request, response) => answerWith(content, request, response));
  const file = { url: `${server.url}/net.onnx`, ...published(content), path: 'net/net.onnx' };
  const source = { what: 'a net', licence: 'BSD', home: 'https://example.org', folder: 'models' };
  return { net: { ...source, variable: 'HEATPROOF_TEST_NETS', files: [file] } };
}

const options = (given: Partial<FetchOptions>): FetchOptions => ({
  name: undefined,
  out: undefined,
  list: false,
  json: false,
  quiet: false,
  ...given,
});

describe('runFetch', () => {
  it('says the licence first, shows progress, and prints the line for the shell', async () => {
    await runFetch(options({ name: 'net', out: folder }), await table());
    expect(existsSync(join(folder, 'net', 'net.onnx'))).toBe(true);
    expect(stderr).toMatch(/^net: a net\nlicence: BSD\n[\s\S]*100 % {2}net\.onnx {2}0\.005 of 0\.005 MB/);
    expect(stdout).toBe(`export HEATPROOF_TEST_NETS='${folder}'\n`);
  });

  it('says nothing but the licence when quiet', async () => {
    await runFetch(options({ name: 'net', out: folder, quiet: true }), await table());
    expect(stderr).toBe('net: a net\nlicence: BSD\n');
  });

  it('puts files where the variable says, when --out does not', async () => {
    vi.stubEnv('HEATPROOF_TEST_NETS', folder);
    await runFetch(options({ name: 'net' }), await table());
    expect(existsSync(join(folder, 'net', 'net.onnx'))).toBe(true);
    expect(stdout).toContain(resolve(folder));
  });

  it('lists them as JSON', async () => {
    await runFetch(options({ list: true, json: true }), SOURCES);
    expect(JSON.parse(stdout)).toEqual(SOURCES);
  });

  it('lists every source with size, licence and addresses', async () => {
    await runFetch(options({ list: true }), SOURCES);
    for (const [name, { licence, files }] of Object.entries(SOURCES)) {
      expect(stdout).toContain(`${name}  (`);
      expect(stdout).toContain(licence);
      for (const { url } of files) expect(stdout).toContain(url);
    }
    expect(stdout).toContain('voc2007  (911.1 MB)');
    expect(stderr).toBe('');
  });

  it.each([
    [undefined, 'expected what to fetch: bvlc-googlenet, bvlc-caffenet, squeezenet, voc2007'],
    ['squeezent', "unknown source 'squeezent' (did you mean 'squeezenet'?): expected one of bvlc-googlenet"],
    ['constructor', "unknown source 'constructor': expected one of bvlc-googlenet"],
  ])('says what there is instead of %s', async (name, message) => {
    await expect(runFetch(options({ name }), SOURCES)).rejects.toThrow(message);
  });
});
