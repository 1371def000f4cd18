import { Header } from 'tar';

export interface Entry {
  path: string;
  type?: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  linkpath?: string;
  data?: string;
  mode?: number;
}

/** A tar with entries of any kind, also those that no well-meaning tool writes. */
export function tarOf(entries: Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, type = 'File', linkpath = '', data = '', mode = 0o644 }) => {
    const body = Buffer.from(data);
    const header = Buffer.alloc(512);
    new Header({ path, type, linkpath, size: body.length, mode, uid: 0, gid: 0 }).encode(header);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
