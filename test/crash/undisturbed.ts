import { type Contents, contentsOf } from '../kill/compare.ts';
import type { Deployment } from '../kill/deployment.ts';
import { dropExport, type ExportSet } from '../kill/exports.ts';
import type { AtRest } from './messages.ts';
import type { Nursery, Process } from './process.ts';

/** A workspace and a state after an export, without any disturbance. */
export interface Moment {
  readonly contents: Contents;
  readonly rest: AtRest;
}

/** The same exports, one after the other, in a deployment to which nothing happens; what it came to after each is kept. */
export class Undisturbed {
  readonly #deployment: Deployment;
  readonly #exports: readonly ExportSet[];
  /** Milliseconds since 1970: times from then on are the server's own, not the source's. */
  readonly #since: number;
  readonly #process: Process;
  readonly #moments: Promise<Moment>[] = [];

  constructor(deployment: Deployment, exports: readonly ExportSet[], since: number, nursery: Nursery) {
    this.#deployment = deployment;
    this.#exports = exports;
    this.#since = since;
    this.#process = nursery.take();
    const { configuration, environment } = deployment;
    this.#process.begin({ configuration, environment, aheadMs: 0, restore: null });
  }

  /** What it came to after so many exports beyond the first. */
  after(count: number): Promise<Moment> {
    for (let next = this.#moments.length; next <= count; next += 1) {
      const before = this.#moments[next - 1];
      this.#moments.push(Promise.resolve(before).then(() => this.#load(next)));
    }
    return this.#moments[count] ?? Promise.reject(new Error(`no export ${count}`));
  }

  async close(): Promise<void> {
    this.#process.order({ do: 'end' });
    this.#process.signal('SIGTERM');
    await this.#process.ended;
    await this.#deployment.sandbox.close();
  }

  async #load(count: number): Promise<Moment> {
    const set = this.#exports[count];
    if (set === undefined) throw new Error(`there are only ${this.#exports.length} exports`);
    dropExport(set, this.#deployment.drop);
    const { mark } = this.#process;
    this.#process.order({ do: 'settle', stops: [] });
    const rest = await this.#process.hears('come to rest, undisturbed', mark, (said) =>
      said.said === 'rest' ? said.rest : null,
    );
    return { contents: contentsOf({ sandbox: this.#deployment.sandbox, since: this.#since }), rest };
  }
}
