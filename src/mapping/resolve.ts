import type { ChoiceSpec, LeftSpec, MappingFile, ObjectSpec } from './file.ts';
import type { Findings, Path } from './finding.ts';
import type { Tier } from './model.ts';
import { didYouMean } from './suggest.ts';

/** A source object's mapping after the choices were applied. */
export interface ResolvedObject {
  readonly name: string;
  readonly spec: ObjectSpec;
  readonly path: Path;
  readonly tier: Tier;
}

export interface ResolvedObjects {
  readonly moved: ReadonlyMap<string, ResolvedObject>;
  readonly skipped: ReadonlyMap<string, string>;
}

const TIER_OF: Readonly<Record<string, Tier>> = {
  workspaceMember: 'member',
  company: 'company',
  person: 'person',
  opportunity: 'opportunity',
  task: 'activity',
  note: 'activity',
  noteTarget: 'activity',
  taskTarget: 'activity',
  calendarEvent: 'activity',
  attachment: 'file',
};

export function tierOf(target: string): Tier {
  return TIER_OF[target] ?? 'custom';
}

export function resolveObjects(file: MappingFile, findings: Findings): ResolvedObjects {
  const moved = new Map<string, ResolvedObject>();
  const skipped = new Map<string, string>();
  const add = (name: string, spec: ObjectSpec | LeftSpec, path: Path): void => {
    if ('skip' in spec && typeof spec.skip === 'string') skipped.set(name, spec.skip);
    else if ('target' in spec) moved.set(name, { name, spec, path, tier: spec.tier ?? tierOf(spec.target) });
  };
  for (const [name, spec] of Object.entries(file.objects)) {
    const path = ['objects', name];
    if (!('choose' in spec)) {
      add(name, spec, path);
      continue;
    }
    const choice = choiceNamed(file.choices ?? {}, spec.choose, findings, [...path, 'choose']);
    if (choice === null) continue;
    for (const option of choice.options) {
      if (spec.variants[option] === undefined) {
        findings.error('MAPPING_UNKNOWN_NAME', `${name} has no variant for the choice ${spec.choose}: ${option}`, [
          ...path,
          'variants',
        ]);
      }
    }
    for (const variant of Object.keys(spec.variants)) {
      if (!choice.options.includes(variant)) {
        const near = didYouMean(variant, choice.options);
        findings.error(
          'MAPPING_UNKNOWN_NAME',
          `the choice ${spec.choose} has no option ${JSON.stringify(variant)}.${near}`,
          [...path, 'variants', variant],
        );
      }
    }
    const chosen = spec.variants[choice.value];
    if (chosen !== undefined) add(name, chosen, [...path, 'variants', choice.value]);
  }
  return { moved, skipped };
}

export function choiceNamed(
  choices: Readonly<Record<string, ChoiceSpec>>,
  name: string,
  findings: Findings,
  path: Path,
): ChoiceSpec | null {
  const choice = choices[name];
  if (choice !== undefined && Object.hasOwn(choices, name)) return choice;
  findings.error(
    'MAPPING_UNKNOWN_NAME',
    `there is no choice ${JSON.stringify(name)}.${didYouMean(name, Object.keys(choices))}`,
    path,
  );
  return null;
}
