import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { preprocessingSchema } from '../../src/datasets/preprocessing.js';
import { SOURCES } from '../../src/fetch/sources.js';
import { hasShared, needsShared, shared } from '../shared.js';

const files = Object.values(SOURCES).flatMap((source) => source.files);
const LENGTHS = { sha1: 40, sha256: 64, sha384: 96 };

describe('SOURCES', () => {
  it.each(files.map((file) => [file.path, file] as const))('%s can be verified', (_, file) => {
    const digests = Object.entries(file.checksums);
    expect(digests.length).toBeGreaterThan(0);
    for (const [algorithm, digest] of digests) {
      expect(digest).toMatch(new RegExp(`^[0-9a-f]{${LENGTHS[algorithm as keyof typeof LENGTHS]}}$`));
    }
    // Berkeley serves its weights over http only; their digests stand in for the missing encryption.
    expect(file.url).toMatch(/^https:|^http:\/\/dl\.caffe\.berkeleyvision\.org\//);
  });

  it.skipIf(!hasShared)(`has the digests of the published definitions${needsShared}`, () => {
    for (const path of ['bvlc_googlenet/deploy.prototxt', 'bvlc_reference_caffenet/deploy.prototxt']) {
      const content = readFileSync(shared('models', 'prototxt', path));
      const file = files.find((one) => one.path === path);
      expect(content.length).toBe(file?.bytes);
      for (const [algorithm, digest] of Object.entries(file?.checksums ?? {})) {
        expect(createHash(algorithm).update(content).digest('hex')).toBe(digest);
      }
    }
  });
});

describe('configs/models', () => {
  const names = readdirSync('configs/models').filter((name) => name.replace('.yaml', '') in SOURCES);

  it('describes every network that can be fetched', () => {
    const networks = Object.keys(SOURCES).filter((name) => SOURCES[name]?.variable === 'HEATPROOF_MODELS');
    expect(names.sort()).toEqual(networks.map((name) => `${name}.yaml`).sort());
  });

  it.each(names)('%s expects the files where they are put', (name) => {
    const source = SOURCES[name.replace('.yaml', '')];
    const { weights, prototxt, preprocessing } = parse(readFileSync(`configs/models/${name}`, 'utf8'));
    const paths = source?.files.map(({ path }) => `\${${source.variable}}/${path}`);
    expect([prototxt, weights]).toEqual(paths);
    expect(preprocessingSchema.parse(preprocessing)).toEqual({
      resize: [256, 256],
      crop: name === 'bvlc-googlenet.yaml' ? 224 : 227,
      channels: 'bgr',
      scale: 1,
      mean: [104, 117, 123],
      std: [1, 1, 1],
    });
  });
});
