import { type FieldRules, listed } from './fields.ts';
import type { RawExport } from './raw.ts';
import type { OwnerRules } from './rules.ts';
import type { Workspace } from './store.ts';

/** Twenty takes no longer label of an option, and no comma in it. */
const LONGEST_LABEL = 63;

/**
 * What stands in the workspace for the sample's owners, stages and tags, written from its README and the guide a second
 * time and without the mapping. The workspace only says which value each label got.
 */
export function sampleFields(raw: RawExport, workspace: Workspace, owners: OwnerRules): FieldRules {
  const { stages, classification } = raw.lists;
  const members = new Map(
    [...workspace.rows('workspaceMember').values()].map((row) => [String(row.userEmail).toLowerCase(), row.id]),
  );
  const values = (object: string, field: string): ((label: string) => string) => {
    const known = new Map(workspace.options(object, field).map(({ label, value }) => [label, value]));
    // No option of that label: nothing in the workspace can be equal to it, and the difference names it.
    return (label) => known.get(label) ?? `no option "${label}"`;
  };
  const stageValue = values('opportunity', 'stage');
  const pipelineValue = values('opportunity', 'pipeline');
  const tagValues = { company: values('company', 'tags'), person: values('person', 'tags') };
  const labels = new Map(
    stages.map(({ pipeline, name }) => {
      // Equal names of two pipelines are told apart by the pipeline's name.
      const shared = stages.some((other) => other.name === name && other.pipeline !== pipeline);
      return [`${pipeline}\n${name}`, asLabel(shared ? `${pipeline}: ${name}` : name)];
    }),
  );
  const tagsOf = (cells: string) =>
    cells
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== '');
  return {
    member: (email) => {
      const owner = email.toLowerCase();
      if (owner === '' || owners.waived.has(owner)) return null;
      return members.get(owners.substitutes.get(owner) ?? owner) ?? null;
    },
    stage: (pipeline, stage) => (stage === '' ? null : stageValue(labels.get(`${pipeline}\n${stage}`) ?? stage)),
    pipeline: (pipeline) => (pipeline === '' ? null : pipelineValue(asLabel(pipeline))),
    probability: (pipeline, stage) => {
      const found = stages.find((one) => one.pipeline === pipeline && one.name === stage);
      return found === undefined ? null : String(Number(found.probability.replace(',', '.')));
    },
    tags: (target, cells) =>
      listed(
        tagsOf(cells)
          .filter((tag) => !classification.has(tag))
          .map((tag) => tagValues[target](tag)),
      ),
    topics: (cells) => listed(tagsOf(cells).filter((tag) => classification.has(tag))),
  };
}

/** SCO-4: options stand in the order of the stages file, never in that in which deals had them. */
export function stageOrder(raw: RawExport, workspace: Workspace): readonly string[] {
  const wanted = raw.lists.stages.map(({ pipeline, name }) => ({
    name: asLabel(name),
    apart: asLabel(`${pipeline}: ${name}`),
  }));
  const found = workspace
    .options('opportunity', 'stage')
    .map(({ label }) => label)
    .filter((label) => wanted.some(({ name, apart }) => label === name || label === apart));
  const agrees =
    found.length === wanted.length && wanted.every(({ name, apart }, at) => [name, apart].includes(found[at] ?? ''));
  return agrees
    ? []
    : [
        `the stages of the workspace are ${found.join(' | ')}, and by the file ${wanted.map(({ name }) => name).join(' | ')}`,
      ];
}

/** Commas go, and what is too long is cut, with a sign of it. */
function asLabel(text: string): string {
  const clean = text.replaceAll(',', ' ').replaceAll(/\s+/g, ' ').trim();
  return clean.length <= LONGEST_LABEL ? clean : `${clean.slice(0, LONGEST_LABEL - 1).trimEnd()}…`;
}
