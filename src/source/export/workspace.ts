import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asWorkError } from '../delimited/files.ts';

/**
 * One object's part of the work folder: `<export>.csv`, the private copy of a file, and `<export>.<base>.plan`, what is to
 * be sent of it. All of it can be deleted: the next read is a full one then.
 */
export class ObjectFolder {
  readonly path: string;
  /** Rows of the newest export that were no records, for whoever corrects them. */
  readonly rejectFile: string;
  readonly #rejects: string;

  constructor(workFolder: string, object: string) {
    const safe = encodeURIComponent(object).replaceAll('*', '%2A').replaceAll('.', '%2E');
    this.path = join(workFolder, 'exports', safe);
    this.#rejects = join(workFolder, 'rejects');
    this.rejectFile = join(this.#rejects, `${safe}.csv`);
  }

  async prepare(): Promise<void> {
    try {
      await mkdir(this.path, { recursive: true });
      await mkdir(this.#rejects, { recursive: true });
    } catch (thrown) {
      throw asWorkError(thrown, this.path);
    }
  }

  get incoming(): string {
    return join(this.path, 'incoming');
  }

  staged(exportId: string): string {
    return join(this.path, `${exportId}.csv`);
  }

  plan(exportId: string, base: string | null): string {
    return join(this.path, `${exportId}.${base ?? 'full'}.plan`);
  }

  /** Paths of the plans that compare with this base. */
  async plansAgainst(base: string | null): Promise<string[]> {
    const names = await readdir(this.path);
    return names.filter((name) => name.endsWith(`.${base ?? 'full'}.plan`)).map((name) => join(this.path, name));
  }

  /** Keeps an incoming copy under its export's name. */
  async keep(exportId: string): Promise<string> {
    const path = this.staged(exportId);
    await rename(this.incoming, path);
    return path;
  }

  /** Deletes what no read can need any more: all but the plan of the checkpoint, the plans built on top of it, and their copies. */
  async clear(exportId: string | null, base: string | null): Promise<void> {
    const names = await readdir(this.path);
    const kept = names.filter((name) => {
      const [plan, against, kind, more] = name.split('.');
      if (kind !== 'plan' || more !== undefined) return false;
      return exportId === null
        ? against === 'full'
        : (plan === exportId && against === (base ?? 'full')) || against === exportId;
    });
    const copies = new Set(kept.map((name) => `${name.split('.')[0]}.csv`));
    const all = new Set([...kept, ...copies]);
    await Promise.all(names.filter((name) => !all.has(name)).map((name) => rm(join(this.path, name), { force: true })));
  }
}
