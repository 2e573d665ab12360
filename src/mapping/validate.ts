import { FIELD_NAME, RESERVED_NAMES } from '../twenty/names.ts';
import { isSyncField } from '../twenty/sync-fields.ts';
import type { Builder, FieldWrite } from './builder.ts';
import { TIERS } from './model.ts';
import { stepsOf } from './order.ts';
import { didYouMean } from './suggest.ts';

/** What can be wrong between the parts of a mapping, whatever the source and the workspace are. */
export function validate(builder: Builder): void {
  checkLinks(builder);
  checkNames(builder);
  checkStages(builder);
  for (const write of builder.writes) checkSelect(builder, write);
  checkLabels(builder);
}

function checkLinks(builder: Builder): void {
  const { findings, objects } = builder;
  const order = orderOf(builder);
  const place = (object: string): number => order.indexOf(object);
  for (const use of builder.links) {
    const made = builder.sharedObjects.has(use.towards);
    const towards = objects.moved.get(use.towards);
    if (towards === undefined && !made) {
      const reason = objects.skipped.has(use.towards) ? 'is skipped' : 'is not mapped';
      const near = didYouMean(use.towards, objects.moved.keys());
      findings.error(
        'MAPPING_LINK_UNMAPPED',
        `${use.object} links to ${use.towards}, which ${reason}.${near}`,
        use.path,
      );
      continue;
    }
    const declared = [...builder.indexes]
      .filter((key) => key.startsWith(`${use.towards}/`))
      .map((key) => key.slice(use.towards.length + 1));
    if (use.index !== null && !declared.includes(use.index)) {
      const near = didYouMean(use.index, declared);
      findings.error(
        'MAPPING_UNKNOWN_NAME',
        `${use.towards} has no index ${JSON.stringify(use.index)} under \`lookups\`.${near}`,
        use.path,
      );
    }
    const links = [
      ...(towards?.spec.links ?? []),
      ...(towards?.spec.children ?? []).flatMap((child) => child.links ?? []),
    ].map((link) => link.name);
    if (use.link !== null && !links.includes(use.link)) {
      const near = didYouMean(use.link, links);
      findings.error(
        'MAPPING_UNKNOWN_NAME',
        `${use.towards} has no link ${JSON.stringify(use.link)}.${near}`,
        use.path,
      );
    }
    const from = objects.moved.get(use.object);
    if (from !== undefined && towards !== undefined && place(use.towards) > place(use.object)) {
      const message = `${use.object} links to ${use.towards}, which links back and is written later: the link takes a second write`;
      findings.warning(
        'MAPPING_TIER_ORDER',
        message,
        use.path,
        'Nothing has to be done where the two link to each other.',
      );
    }
  }
}

/** Source objects in the order in which they are written, as far as the mapping alone tells. */
function orderOf({ objects, links }: Builder): readonly string[] {
  const tier = (name: string): number => {
    const found = objects.moved.get(name);
    return found === undefined ? TIERS.length : TIERS.indexOf(found.tier);
  };
  const edges = links.map(({ object, towards }) => ({ from: object, to: towards }));
  return stepsOf(objects.moved.keys(), edges, (one, other) => tier(one) - tier(other)).flat();
}

function checkNames(builder: Builder): void {
  const { findings } = builder;
  for (const plan of builder.plans.values()) {
    if (!FIELD_NAME.test(plan.field) || plan.field.length > 63) {
      findings.error(
        'MAPPING_INVALID',
        `${JSON.stringify(plan.field)} is no name for a field`,
        plan.path,
        'Use camelCase of at most 63 letters and digits.',
      );
    } else if (RESERVED_NAMES.has(plan.field)) {
      findings.error(
        'MAPPING_INVALID',
        `Twenty reserves the name ${JSON.stringify(plan.field)}`,
        plan.path,
        `Take another one, such as ${plan.field}Custom.`,
      );
    }
  }
  checkSyncFields(builder);
  for (const [name, object] of Object.entries(builder.file.provision?.objects ?? {})) {
    const path = ['provision', 'objects', name];
    if (RESERVED_NAMES.has(name) || RESERVED_NAMES.has(object.plural))
      findings.error('MAPPING_INVALID', `Twenty reserves the name ${JSON.stringify(name)}`, path);
    if (name === object.plural)
      findings.error('MAPPING_INVALID', `singular and plural of ${name} must differ`, [...path, 'plural']);
  }
}

/** Fields that the sync keeps itself, written or made by a rule: what one of the two writes the other would write over. */
function checkSyncFields({ plans, writes, findings }: Builder): void {
  const named = [
    ...writes.map(({ twentyObject, to, path }) => ({ object: twentyObject, field: to.split('.')[0] ?? to, path })),
    ...plans.values(),
  ];
  const seen = new Set<string>();
  for (const { object, field, path } of named) {
    const name = `${object}.${field}`;
    if (!isSyncField(field) || seen.has(name)) continue;
    seen.add(name);
    findings.error(
      'MAPPING_INVALID',
      `${JSON.stringify(field)} is a field that Changeover writes itself`,
      path,
      `Take another one, such as ${field}Custom.`,
    );
  }
}

function checkStages(builder: Builder): void {
  const { pipelines } = builder.file;
  for (const [member, value] of [
    ['stage', pipelines?.stage],
    ['pipeline', pipelines?.pipeline],
  ] as const) {
    if (value !== undefined && !/^[a-z]\w*\.[a-z]\w*$/i.test(value)) {
      builder.findings.error(
        'MAPPING_INVALID',
        `${JSON.stringify(value)} is not object.field`,
        ['pipelines', member],
        'Write opportunity.stage.',
      );
    }
  }
  const seen = new Set<string>();
  for (const [index, pipeline] of (pipelines?.list ?? []).entries()) {
    for (const [place, stage] of pipeline.stages.entries()) {
      const key = JSON.stringify([pipeline.name, stage.name]);
      if (seen.has(key))
        builder.findings.error('MAPPING_CONFLICT', `the stage ${stage.name} stands twice in ${pipeline.name}`, [
          'pipelines',
          'list',
          index,
          'stages',
          place,
        ]);
      seen.add(key);
    }
  }
}

/** A field whose options nobody names would hold every record. */
function checkSelect(builder: Builder, write: FieldWrite): void {
  const step = write.steps.find((one) => one.name === 'select' || one.name === 'multi-select');
  if (step === undefined) return;
  const { map, table } = step.settings as { readonly map?: Record<string, string>; readonly table?: string };
  const renamed = [
    ...Object.values(map ?? {}),
    ...Object.values(table === undefined ? {} : (builder.file.tables?.[table] ?? {})),
  ];
  const options = builder.options(write.twentyObject, write.target.field);
  if (options === null) {
    if (map === undefined && table === undefined) {
      const message = `the mapping knows no options of ${write.twentyObject}.${write.target.field}, so no cell means one`;
      builder.findings.error(
        'MAPPING_UNKNOWN_OPTION',
        message,
        write.path,
        'Create the field with its options, or give `map` with the option of each cell.',
      );
    }
    return;
  }
  for (const label of renamed) {
    if (options.find(label) !== null) continue;
    const near = didYouMean(
      label,
      options.all.map((option) => option.source),
    );
    builder.findings.error(
      'MAPPING_UNKNOWN_OPTION',
      `${write.twentyObject}.${write.target.field} has no option ${JSON.stringify(label)}.${near}`,
      write.path,
    );
  }
}

function checkLabels(builder: Builder): void {
  const sets = [
    ...[...builder.plans.values()].map((plan) => ({
      name: `${plan.object}.${plan.field}`,
      set: builder.options(plan.object, plan.field),
      path: plan.path,
    })),
    ...(builder.stages === null
      ? []
      : [{ name: builder.stages.stageField, set: builder.stages.options, path: ['pipelines', 'list'] }]),
  ];
  for (const { name, set, path } of sets) {
    for (const option of set?.all ?? []) {
      if (option.lost === null) continue;
      const message = `the option ${JSON.stringify(option.lost.before)} of ${name} becomes ${JSON.stringify(option.lost.after)}: Twenty takes 63 characters and no comma`;
      builder.findings.warning(
        'MAPPING_LOSSY',
        message,
        path,
        'Give the option a shorter label, or leave it: each record is listed.',
      );
    }
  }
}
