import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { checkCompilation, checkMapping } from '../../mapping/check.ts';
import { compileSourceFile } from '../../mapping/compile.ts';
import { type Finding, throwFirst } from '../../mapping/finding.ts';
import { parseMapping, readMapping } from '../../mapping/parse.ts';
import type { Workspace } from '../../twenty/model.ts';
import { readMappingOf } from '../mappings.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { mappingText, openSource, type SourceUnit } from '../source-unit.ts';

export async function unitOf({ app }: Pick<OperationContext, 'app'>, source: string): Promise<SourceUnit> {
  const configuration = app.loaded.configuration.sources.find((one) => one.name === source);
  if (configuration === undefined) {
    throw new ChangeoverError('USAGE', `the configuration has no source ${source}`, {
      hint: `Sources: ${app.loaded.configuration.sources.map((one) => one.name).join(', ')}.`,
    });
  }
  return openSource(app, configuration);
}

export interface MapCheck {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly errors: number;
  /** The workspace could not be asked: options and fields were not compared. */
  readonly workspace: 'checked' | 'unknown';
}

/** Everything that is wrong with a mapping: in itself, against the export and against the workspace (ALL-7). */
export const mapCheck = defineOperation({
  name: 'map-check',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1), offline: z.boolean().default(false) }),
  async run(context, input): Promise<MapCheck> {
    const unit = await unitOf(context, input.source);
    try {
      const parsed = parseMapping(mappingText(unit), unit.mappingFile);
      let workspace: Workspace | null = null;
      if (!input.offline) workspace = (await context.app.twenty()).client.workspace();
      const findings = parsed.ok ? checkMapping(parsed.source, await unit.connector.describe(), workspace) : parsed.findings;
      return {
        file: unit.mappingFile,
        findings,
        errors: findings.filter((finding) => finding.severity === 'error').length,
        workspace: workspace === null ? 'unknown' : 'checked',
      };
    } finally {
      await unit.connector.close();
    }
  },
});

/**
 * Stores the hash of the mapping as it stands: from now on records move under this one (LIFE-2). Every record of the
 * source is looked at again; only those whose image changes are written.
 */
export const mapConfirm = defineOperation({
  name: 'map-confirm',
  access: 'write',
  input: z.strictObject({ source: z.string().min(1), by: z.string().trim().min(1) }),
  async run(context, input) {
    const { app, daemon } = context;
    const unit = await unitOf(context, input.source);
    try {
      const { text, compiled } = readMappingOf(unit);
      const findings = checkCompilation(
        compileSourceFile(readMapping(text, unit.mappingFile)),
        await unit.connector.describe(),
        (await app.twenty()).client.workspace(),
      );
      throwFirst(findings.filter((finding) => finding.severity === 'error'));
      const now = app.ports.clock.now();
      const result = await app.state.transaction(async (tx) => {
        const before = await tx.mappings.current(input.source);
        await tx.mappings.confirm({ source: input.source, hash: compiled.hash, text, confirmedBy: input.by, confirmedAt: now });
        const changed = before?.hash !== compiled.hash;
        return { changed, touched: changed ? await tx.records.touchAll(input.source, null) : 0 };
      });
      app.ports.logger.info({ source: input.source, by: input.by, hash: compiled.hash }, 'mapping confirmed');
      daemon?.pipeline.useMapping(input.source, compiled);
      daemon?.writer.wake();
      return { source: input.source, hash: compiled.hash, by: input.by, ...result };
    } finally {
      await unit.connector.close();
    }
  },
});
