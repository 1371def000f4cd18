import { resolve } from 'node:path';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggest.js';

/** Digests under which the sources publish their files. */
export type Checksums = Partial<Readonly<Record<'sha1' | 'sha256' | 'sha384', string>>>;

/** One file to download: where it is, what it must be, and where it goes. */
export interface SourceFile {
  readonly url: string;
  readonly bytes: number;
  /** Every digest given is verified. */
  readonly checksums: Checksums;
  /** Below the folder of the source. */
  readonly path: string;
  /** Only tars: the folder, beside the archive, that the archive's content becomes. */
  readonly unpacksTo?: string;
}

/** Something that `heatproof fetch` gets. */
export interface Source {
  readonly what: string;
  readonly licence: string;
  /** A page about it, for people. */
  readonly home: string;
  /** The environment variable that configs expect to name the folder... */
  readonly variable: string;
  /** ...and the folder where it is not set. */
  readonly folder: string;
  readonly files: readonly SourceFile[];
}

const models = { variable: 'HEATPROOF_MODELS', folder: 'models' } as const;

const bvlcLicence =
  'released by BVLC for unrestricted use (https://caffe.berkeleyvision.org/model_zoo.html#bvlc-model-license); trained on ILSVRC2012';

/**
 * What can be fetched, from its official location. Sizes and digests are published ones; docs/data.md says by whom.
 */
export const SOURCES: Readonly<Record<string, Source>> = {
  'bvlc-googlenet': {
    what: 'GoogLeNet of the Caffe model zoo, 1000 ILSVRC classes',
    licence: bvlcLicence,
    home: 'https://github.com/BVLC/caffe/tree/master/models/bvlc_googlenet',
    ...models,
    files: [
      {
        url: 'https://raw.githubusercontent.com/BVLC/caffe/88c96189bcbf3853b93e2b65c7b5e4948f9d5f67/models/bvlc_googlenet/deploy.prototxt',
        bytes: 35_862,
        checksums: {
          sha1: '7060345c8012294baa60eeb5901d2d3fd89d75fc',
          sha256: 'fa36cd4112a3240a29600a5aa35333f31bec33daa1a6085b0af308a9f50f0c50',
        },
        path: 'bvlc_googlenet/deploy.prototxt',
      },
      {
        url: 'http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel',
        bytes: 53_533_754,
        checksums: {
          sha1: '405fc5acd08a3bb12de8ee5e23a96bec22f08204',
          sha256: '6f7101e3a2183738a7125a0c5021ba82a1feb4228c5ca0924d991b6daf6f6fad',
        },
        path: 'bvlc_googlenet/bvlc_googlenet.caffemodel',
      },
    ],
  },
  'bvlc-caffenet': {
    what: 'CaffeNet (AlexNet with pooling before normalisation) of the Caffe model zoo, 1000 ILSVRC classes',
    licence: bvlcLicence,
    home: 'https://github.com/BVLC/caffe/tree/master/models/bvlc_reference_caffenet',
    ...models,
    files: [
      {
        url: 'https://raw.githubusercontent.com/BVLC/caffe/2cc3844cb2a4a72de10d321781dc8f994bef95c7/models/bvlc_reference_caffenet/deploy.prototxt',
        bytes: 2_878,
        checksums: {
          sha1: '6a40fd8b77233afee8fd525ce59bb4ccaae78d58',
          sha384:
            '0d8510160bffd5a656022173a962cdd5e73d857015d0911f4ec1b73e1a7a2f9a1e979170e55baf8830b16379c6b75340',
        },
        path: 'bvlc_reference_caffenet/deploy.prototxt',
      },
      {
        url: 'http://dl.caffe.berkeleyvision.org/bvlc_reference_caffenet.caffemodel',
        bytes: 243_862_418,
        checksums: {
          sha1: '4c8d77deb20ea792f84eb5e6d0a11ca0a8660a46',
          sha384:
            '6677844301d6c7f68f5b6a299cf41c4f0955bab7d1fb8719375fae6d05b6173db9deccf3ac4aaa4225bf6c6e99d81a68',
        },
        path: 'bvlc_reference_caffenet/bvlc_reference_caffenet.caffemodel',
      },
    ],
  },
  squeezenet: {
    what: 'SqueezeNet 1.1, 1000 ILSVRC classes',
    licence: 'BSD, two clauses (https://github.com/forresti/SqueezeNet/blob/master/LICENSE)',
    home: 'https://github.com/forresti/SqueezeNet',
    ...models,
    files: [
      {
        url: 'https://raw.githubusercontent.com/forresti/SqueezeNet/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1/deploy.prototxt',
        bytes: 9_678,
        checksums: {
          sha1: 'c226bbaaa4d83e2a3d3727618091e897e5f2e3aa',
          sha256: 'd041bfb2ab4b32fda4ff6c6966684132f2924e329916aa5bfe9285c6b23e3d1c',
        },
        path: 'squeezenet_v1.1/deploy.prototxt',
      },
      {
        url: 'https://raw.githubusercontent.com/forresti/SqueezeNet/a47b6f13d30985279789d08053d37013d67d131b/SqueezeNet_v1.1/squeezenet_v1.1.caffemodel',
        bytes: 4_950_080,
        checksums: { sha256: '72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142' },
        path: 'squeezenet_v1.1/squeezenet_v1.1.caffemodel',
      },
    ],
  },
  voc2007: {
    what: 'PASCAL VOC 2007, trainval and test: 9,963 images of 20 classes with boxes',
    licence:
      'photographs from flickr: use must respect flickr’s terms of use (https://www.flickr.com/help/terms)',
    home: 'https://www.robots.ox.ac.uk/~vgg/projects/pascal/VOC/voc2007/',
    variable: 'VOC_ROOT',
    folder: 'data/VOCdevkit',
    files: [
      {
        url: 'https://thor.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar',
        bytes: 460_032_000,
        checksums: { sha256: '7d8cd951101b0957ddfd7a530bdc8a94f06121cfc1e511bb5937e973020c7508' },
        path: 'VOCtrainval_06-Nov-2007.tar',
        unpacksTo: 'VOC2007',
      },
      {
        url: 'https://thor.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtest_06-Nov-2007.tar',
        bytes: 451_020_800,
        checksums: { sha256: '6836888e2e01dca84577a849d339fa4f73e1e4f135d312430c4856b5609b4892' },
        path: 'VOCtest_06-Nov-2007.tar',
        unpacksTo: 'VOC2007',
      },
    ],
  },
};

/** What brings a file, by where `heatproof fetch` puts it: the name of the source; undefined for files of others. */
export function sourceOf(path: string): string | undefined {
  const slashed = `/${path.replaceAll('\\', '/')}`;
  const found = Object.entries(SOURCES).find(([, { files }]) =>
    files.some((file) => slashed.endsWith(`/${file.path}`)),
  );
  return found?.[0];
}

/** @throws InputError when there is no source of this name */
export function namedSource(name: string | undefined, sources: Readonly<Record<string, Source>>): Source {
  const names = Object.keys(sources);
  if (name === undefined) throw new InputError(`expected what to fetch: ${names.join(', ')}`);
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source !== undefined) return source;
  throw new InputError(
    `unknown source '${name}'${didYouMean(name, names)}: expected one of ${names.join(', ')}`,
  );
}

/** Where a source goes: the folder that is asked for, that of its variable, or its own below the working directory. */
export function folderOf({ variable, folder }: Source, asked?: string): string {
  return resolve(asked ?? process.env[variable] ?? folder);
}
