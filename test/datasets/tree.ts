import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll } from 'vitest';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder with these files (path: content), removed after the tests of the file. */
export function makeTree(files: Record<string, string | Buffer>): string {
  const root = mkdtempSync(join(tmpdir(), 'heatproof-datasets-'));
  folders.push(root);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A grey JPEG of a size, with an EXIF orientation. */
export function jpeg(width: number, height: number, orientation = 1): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: '#808080' } })
    .withMetadata({ orientation })
    .jpeg()
    .toBuffer();
}

interface ObjectText {
  name?: string;
  box?: readonly [number | string, number | string, number | string, number | string];
  difficult?: number;
  truncated?: number;
}

/** An annotation file: xmin, ymin, xmax, ymax for each object. */
export function annotationXml(
  filename: string,
  size: readonly [number | string, number | string],
  objects: readonly ObjectText[],
): string {
  const texts = objects.map(
    ({ name = 'dog', box = [1, 1, 2, 2], difficult = 0, truncated = 0 }) => `<object><name>${name}</name>
    <truncated>${truncated}</truncated><difficult>${difficult}</difficult>
    <bndbox><xmin>${box[0]}</xmin><ymin>${box[1]}</ymin><xmax>${box[2]}</xmax><ymax>${box[3]}</ymax></bndbox></object>`,
  );
  return `<annotation><filename>${filename}</filename>
  <size><width>${size[0]}</width><height>${size[1]}</height><depth>3</depth></size>${texts.join('')}</annotation>`;
}
