import type { SourceDescription } from '../source/connector.ts';
import type { Workspace } from '../twenty/model.ts';
import { checkAgainstSource } from './check-source.ts';
import { checkAgainstWorkspace } from './check-workspace.ts';
import { type Compilation, compileSourceFile } from './compile.ts';
import type { Finding } from './finding.ts';
import type { MappingSource } from './parse.ts';

/**
 * Everything that is wrong, or worth knowing, in a mapping: in itself, against what the source has, and against what the
 * workspace has (null: not yet known). Errors first, then in the order of the file.
 */
export function checkMapping(
  source: MappingSource,
  description: SourceDescription | null,
  workspace: Workspace | null,
): readonly Finding[] {
  return checkCompilation(compileSourceFile(source), description, workspace);
}

/** As `checkMapping`, for a mapping that was compiled already. */
export function checkCompilation(
  { builder }: Compilation,
  description: SourceDescription | null,
  workspace: Workspace | null,
): readonly Finding[] {
  if (description !== null) checkAgainstSource(builder, description);
  checkAgainstWorkspace(builder, workspace, description);
  return [...builder.findings.all].sort(
    (a, b) =>
      (a.severity === b.severity ? 0 : a.severity === 'error' ? -1 : 1) ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0),
  );
}
