import type { Builder } from './builder.ts';
import { type FieldRule, type ObjectSpec, restOf } from './file.ts';
import type { Path } from './finding.ts';
import type { EditRule, EditRules } from './model.ts';

/** A place of the mapping that fills a field, and what it says of edits there. */
interface Filled {
  readonly field: string;
  readonly rule: EditRule | undefined;
  readonly path: Path;
}

/** The fields and columns of the target that an object's records may fill. */
export function filledColumns(spec: ObjectSpec): ReadonlySet<string> {
  return new Set(filledBy(spec, []).map(({ field }) => field));
}

/**
 * Whose value stands where a person edited a field: what the field's own lines say, else the object's policy. Two lines
 * of one field (first and last name) are edited as one, and must say the same.
 */
export function compileEditRules(builder: Builder, spec: ObjectSpec, path: Path): EditRules {
  const fields: Record<string, EditRule> = {};
  for (const filled of filledBy(spec, path)) {
    if (filled.rule === undefined) continue;
    const known = fields[filled.field];
    if (known !== undefined && known !== filled.rule) {
      builder.findings.error(
        'MAPPING_CONFLICT',
        `edits of ${filled.field} follow "${known}" in one line and "${filled.rule}" in another`,
        filled.path,
        'A field is edited as a whole: give all its lines the same rule.',
      );
    }
    fields[filled.field] = filled.rule;
  }
  refuseInRows(builder, spec, path);
  return { otherwise: spec.policies?.edits ?? 'ask', fields };
}

function filledBy(spec: ObjectSpec, path: Path): readonly Filled[] {
  const filled: Filled[] = [];
  for (const [index, rule] of spec.fields.entries()) {
    const at = [...path, 'fields', index, 'edits'];
    filled.push({ field: rootOf(rule), rule: rule.edits, path: at });
    const rest = restOf(rule.merging);
    if (rest !== null) filled.push({ field: rest, rule: rule.edits, path: at });
    if (typeof rule.onInvalid === 'object') filled.push({ field: rule.onInvalid.text, rule: rule.edits, path: at });
  }
  for (const [index, owner] of (spec.owners ?? []).entries()) {
    filled.push({ field: owner.to, rule: owner.edits, path: [...path, 'owners', index, 'edits'] });
  }
  for (const [index, link] of (spec.links ?? []).entries()) {
    for (const { to } of link.attempts) {
      filled.push({ field: to, rule: link.edits, path: [...path, 'links', index, 'edits'] });
    }
  }
  return filled;
}

function rootOf(rule: FieldRule): string {
  return rule.to.split('.')[0] ?? rule.to;
}

/** Rows that a record brings along follow the object's policy as a whole: a rule of their own would have no effect. */
function refuseInRows(builder: Builder, spec: ObjectSpec, path: Path): void {
  for (const [index, child] of (spec.children ?? []).entries()) {
    const at = [...path, 'children', index];
    const lines = [
      ...(child.fields ?? []).map((rule, place) => ({ rule: rule.edits, path: [...at, 'fields', place, 'edits'] })),
      ...(child.links ?? []).map((link, place) => ({ rule: link.edits, path: [...at, 'links', place, 'edits'] })),
    ];
    for (const line of lines) {
      if (line.rule === undefined) continue;
      builder.findings.error(
        'MAPPING_INVALID',
        `edits of rows that a record brings along (${child.name}) follow the policy of the record's object`,
        line.path,
        'Say `edits` under `policies`.',
      );
    }
  }
}
