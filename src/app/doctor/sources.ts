import type { SourceConfiguration } from '../../config/schema.ts';
import { asChangeoverError } from '../../core/errors.ts';
import { checkCompilation } from '../../mapping/check.ts';
import { compileSourceFile } from '../../mapping/compile.ts';
import { readMapping } from '../../mapping/parse.ts';
import { normaliseEmail } from '../../sink/owners.ts';
import type { OwnerDescription, SourceDescription } from '../../source/connector.ts';
import type { Application } from '../application.ts';
import { confirmedMapping } from '../mappings.ts';
import { mappingText, openSource, type SourceUnit } from '../source-unit.ts';
import { attempt, type Check, fail, failed, ok, warn } from './check.ts';
import type { WorkspaceFacts } from './workspace.ts';

/** Names listed in a finding; the rest is counted. */
const NAMED = 10;

/** One source: what can be read, what it asks, its mapping, and who owns its records. */
export async function checkSource(
  app: Application,
  configuration: SourceConfiguration,
  facts: WorkspaceFacts,
): Promise<readonly Check[]> {
  const place = { object: configuration.name };
  return attempt('source', place, async () => {
    const unit = await openSource(app, configuration);
    try {
      const [description, read] = await describeSource(unit);
      const settled = description === null ? [] : await attempt('source', place, () => probeSource(unit));
      const mapping = await attempt('mapping', { file: unit.mappingFile }, () =>
        checkMappingOf(app, unit, description, facts),
      );
      const owners =
        description === null
          ? []
          : await attempt('owners', place, () => checkOwners(app, configuration, description, facts.members));
      return [...read, ...settled, ...mapping, ...owners];
    } finally {
      await unit.connector.close();
    }
  });
}

async function describeSource(unit: SourceUnit): Promise<readonly [SourceDescription | null, readonly Check[]]> {
  const source = unit.configuration.name;
  try {
    const description = await unit.connector.describe();
    return [description, checkDescription(description, source)];
  } catch (thrown) {
    return [null, [failed('source', asChangeoverError(thrown), { object: source })]];
  }
}

/** What a live source's documentation leaves open, as its own answers settle it. Of exports all was told by the description. */
async function probeSource({ connector, configuration }: SourceUnit): Promise<readonly Check[]> {
  const { deltas, live = deltas !== 'export-diff' } = connector.capabilities;
  if (!live) return [];
  return (await connector.probe()).map((line) => ok('source', line, { object: configuration.name }));
}

function checkDescription(description: SourceDescription, source: string): readonly Check[] {
  const records = description.objects.reduce((sum, object) => sum + (object.count ?? 0), 0);
  const found = `${description.objects.length} objects, ${records} records. ${description.notes.join(' ')}`.trim();
  return [
    ok('source', found, { object: source }),
    ...description.questions.map((question): Check => {
      const place = { object: question.object === null ? source : `${source}/${question.object}` };
      const fix = `Answer it (${question.choices.join(', ')}) with \`changeover review\`, where it stands once the daemon has asked it.`;
      return question.blocking
        ? fail('source', question.question, fix, place)
        : warn('source', question.question, fix, place);
    }),
  ];
}

async function checkMappingOf(
  app: Application,
  unit: SourceUnit,
  description: SourceDescription | null,
  facts: WorkspaceFacts,
): Promise<readonly Check[]> {
  const file = { file: unit.mappingFile };
  const compilation = compileSourceFile(readMapping(mappingText(unit), unit.mappingFile, unit.connector.plain));
  const findings = description === null ? [] : checkCompilation(compilation, description, facts.workspace);
  const checks = findings
    .filter((finding) => finding.severity === 'error')
    .map(
      ({ code, message, hint, place }): Check => ({
        category: 'mapping',
        outcome: 'fail',
        found: message,
        place,
        fix: hint,
        code,
      }),
    );
  const warnings = findings.length - checks.length;
  if (warnings > 0) {
    const found = `${warnings} things in the mapping are worth knowing, and keep nothing from moving`;
    checks.push(warn('mapping', found, `\`changeover map check ${unit.configuration.name}\` lists them.`, file));
  }
  const confirmed = await attempt('mapping', file, async () => {
    const { hash } = await confirmedMapping(app, unit);
    return [ok('mapping', `confirmed as it stands (${hash})`, file)];
  });
  return [...checks, ...confirmed];
}

/** Owners of the source whose records would stay held, and decisions in the configuration that cannot be taken. */
async function checkOwners(
  app: Application,
  configuration: SourceConfiguration,
  description: SourceDescription,
  known: WorkspaceFacts['members'],
): Promise<readonly Check[]> {
  // Without the members nobody can be looked up; why they could not be read has been told.
  if (known === null) return [];
  const place = { object: configuration.name };
  const { substitutes, waived, without } = configuration.owners;
  const members = new Set(known.map((member) => normaliseEmail(member.email)));
  const references = description.owners.map((owner) => owner.reference);
  const rows = await app.state.read((tx) => tx.owners.get(configuration.name, references));
  const configured = new Set([...Object.keys(substitutes), ...waived, ...without]);
  const isOpen = (owner: OwnerDescription): boolean => {
    if (configured.has(owner.reference)) return false;
    if ((rows.get(owner.reference)?.decision.kind ?? 'unresolved') !== 'unresolved') return false;
    return !members.has(normaliseEmail(owner.email ?? owner.reference));
  };
  const open = description.owners.filter(isOpen).map((owner) => owner.reference);
  const strangers = Object.values(substitutes).filter((email) => !members.has(normaliseEmail(email)));
  // One fault, not one for each owner (KIN-11).
  if (members.size === 0 && open.length + strangers.length > 0)
    return [
      fail(
        'owners',
        `the workspace has no members, and the source names ${references.length} owners: nobody there can own a record`,
        'Make a user in Twenty first: sign up or accept an invitation, so that the workspace has a member; then invite the other owners, or decide with `changeover owners substitute`, `without` or `waive`.',
        place,
      ),
    ];
  const checks: Check[] = strangers.map((email) =>
    fail(
      'owners',
      `${email} is to stand for another owner, and is no member of the workspace`,
      'Invite them in Twenty and wait until they have accepted, or name another member under `owners.substitutes`.',
      place,
    ),
  );
  if (open.length > 0) {
    const more = open.length > NAMED ? ` and ${open.length - NAMED} more` : '';
    checks.push(
      warn(
        'owners',
        `${open.length} of ${references.length} owners are unresolved, their records will be held: ${open.slice(0, NAMED).join(', ')}${more}`,
        'Invite them in Twenty, or decide with `changeover owners substitute`, `without` or `waive`.',
        place,
      ),
    );
  }
  return checks.length > 0 ? checks : [ok('owners', `all ${references.length} owners are decided`, place)];
}
