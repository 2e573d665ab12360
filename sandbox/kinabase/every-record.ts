import type { Workspace } from './store/workspace.ts';

/** Every record of every collection as it is now, for whoever counts again. */
export function recordsOf(workspace: Workspace): readonly unknown[] {
  return workspace
    .collections()
    .flatMap(({ slug }) => workspace.records(slug).map(({ id, data }) => ({ collection: slug, id, data })));
}
