import type { Random } from '../../../src/core/ports.ts';
import { CODE, Refusal } from '../errors.ts';
import { base64, readContent, type StoredFile, sizeOf } from '../store/files.ts';

/** Most bytes of one block. */
const BLOCK = 4_194_304;

/** Files that somebody reads in blocks, by their continuation tokens. */
export class Downloads {
  readonly #open = new Map<string, StoredFile>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  begin(file: StoredFile): { FileContinuationToken: string; FileSizeInBytes: number; FileName: string } {
    const token = Buffer.from(`${this.#random.uuid()}/${file.id}`).toString('base64');
    this.#open.set(token, file);
    return { FileContinuationToken: token, FileSizeInBytes: sizeOf(file.content), FileName: file.name };
  }

  file(token: string): StoredFile {
    const file = this.#open.get(token);
    if (file === undefined) throw new Refusal(400, CODE.invalidArgument, 'The file continuation token is not valid.');
    return file;
  }

  block(token: string, offset: number, length: number): string {
    const { content } = this.file(token);
    if (length < 1 || length > BLOCK || offset < 0 || offset >= Math.max(1, sizeOf(content))) {
      throw new Refusal(400, CODE.invalidArgument, `The block at ${offset} of ${length} bytes is out of range.`);
    }
    return base64(readContent(content, offset, length));
  }
}
