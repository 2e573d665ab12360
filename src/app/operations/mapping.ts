import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { checkCompilation, checkMapping } from '../../mapping/check.ts';
import { compileSourceFile } from '../../mapping/compile.ts';
import { type Finding, throwFirst } from '../../mapping/finding.ts';
import { matrixRows } from '../../mapping/matrix.ts';
import { matrixCsv, matrixHtml, matrixMarkdown } from '../../mapping/matrix-formats.ts';
import { parseMapping, readMapping } from '../../mapping/parse.ts';
import { proposeMapping } from '../../mapping/propose.ts';
import type { Workspace } from '../../twenty/model.ts';
import { checkDeployment } from '../../twenty/provision.ts';
import { requireAgreement, writtenBy } from '../automations.ts';
import { readMappingOf } from '../mappings.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { mappingText, openSource, type SourceUnit } from '../source-unit.ts';
import { mappingsOf, previewOf, summaryOf } from './replay.ts';

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
      const parsed = parseMapping(mappingText(unit), unit.mappingFile, unit.connector.plain);
      let workspace: Workspace | null = null;
      if (!input.offline) workspace = (await context.app.twenty()).client.workspace();
      const findings = parsed.ok
        ? checkMapping(parsed.source, await unit.connector.describe(), workspace)
        : parsed.findings;
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

/** A mapping written from what was discovered: every field with a confidence and a reason (LIFE-2). */
export const mapPropose = defineOperation({
  name: 'map-propose',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1) }),
  async run(context, input) {
    const unit = await unitOf(context, input.source);
    try {
      return proposeMapping(await unit.connector.describe(), null, mappingText(unit));
    } finally {
      await unit.connector.close();
    }
  },
});

const MATRIX_FORMATS = { html: matrixHtml, markdown: matrixMarkdown, csv: matrixCsv } as const;

/** Field by field: type, target, conversion, loss, recommendation, decision (ALL-7). */
export const mapMatrix = defineOperation({
  name: 'map-matrix',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1), format: z.enum(['html', 'markdown', 'csv']).default('markdown') }),
  async run(context, input) {
    const unit = await unitOf(context, input.source);
    try {
      const compilation = compileSourceFile(readMapping(mappingText(unit), unit.mappingFile, unit.connector.plain));
      const rows = matrixRows(compilation, await unit.connector.describe());
      return { rows, text: MATRIX_FORMATS[input.format](rows) };
    } finally {
      await unit.connector.close();
    }
  },
});

/** What confirming the mapping as it stands would change: exactly which records, and what writing them costs. */
export const mapPreview = defineOperation({
  name: 'map-preview',
  access: 'read',
  input: z.strictObject({ source: z.string().min(1), limit: z.int().min(1).max(1_000_000).default(1000) }),
  async run(context, input) {
    const { app } = context;
    const unit = await unitOf(context, input.source);
    try {
      const { compiled } = readMappingOf(unit);
      const confirmed = await app.state.read((tx) => tx.mappings.current(input.source));
      if (confirmed === null)
        throw new ChangeoverError(
          'MAPPING_NOT_CONFIRMED',
          `nobody has confirmed a mapping of ${input.source} yet: nothing moved under it`,
        );
      const others = (await mappingsOf(app, 'file')).filter((mapping) => mapping.source !== input.source);
      const found = await previewOf(app, [...others, compiled], { source: input.source });
      return { before: confirmed.hash, after: compiled.hash, ...summaryOf(found, input.limit) };
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
      const workspace = (await app.twenty()).client.workspace();
      checkDeployment(workspace, compiled.desired.synced, app.loaded.configuration.deployment);
      await requireAgreement(app, writtenBy(compiled));
      const findings = checkCompilation(
        compileSourceFile(readMapping(text, unit.mappingFile, unit.connector.plain)),
        await unit.connector.describe(),
        workspace,
      );
      throwFirst(findings.filter((finding) => finding.severity === 'error'));
      const now = app.ports.clock.now();
      const result = await app.state.transaction(async (tx) => {
        const before = await tx.mappings.current(input.source);
        await tx.mappings.confirm({
          source: input.source,
          hash: compiled.hash,
          text,
          confirmedBy: input.by,
          confirmedAt: now,
        });
        const changed = before?.hash !== compiled.hash;
        return { changed, touched: changed ? await tx.records.touchAll(input.source, null) : 0 };
      });
      app.ports.logger.info({ source: input.source, by: input.by, hash: compiled.hash }, 'mapping confirmed');
      daemon?.pipeline.useMapping(input.source, compiled);
      daemon?.writer?.wake();
      return { source: input.source, hash: compiled.hash, by: input.by, ...result };
    } finally {
      await unit.connector.close();
    }
  },
});
