import type { OptionSpec, PipelinesSpec } from './file.ts';
import { type Option, type OptionSet, optionSet } from './options.ts';
import { foldKey } from './values.ts';

export interface Stage {
  readonly pipeline: string;
  readonly name: string;
  readonly option: Option;
  readonly probability: number | null;
  readonly outcome: 'open' | 'won' | 'lost' | null;
}

/** The stages of all pipelines, in the order of the mapping, as options of one stage field (ALL-8). */
export class Stages {
  readonly stageField: string;
  readonly pipelineField: string | null;
  readonly options: OptionSet;
  readonly pipelines: OptionSet;
  readonly all: readonly Stage[];
  readonly #byNames = new Map<string, Stage>();
  readonly #byStage = new Map<string, Stage | null>();

  constructor(spec: PipelinesSpec) {
    this.stageField = spec.stage;
    this.pipelineField = spec.pipeline ?? null;
    const shared = equalNames(spec);
    const labels: OptionSpec[] = [];
    const rows: { pipeline: string; label: string; stage: PipelinesSpec['list'][number]['stages'][number] }[] = [];
    for (const pipeline of spec.list) {
      for (const stage of pipeline.stages) {
        const own = stage.option ?? stage.name;
        const apart = stage.option === undefined && shared.has(foldKey(stage.name)) && spec.equalNames !== 'merge';
        const label = apart ? `${pipeline.label ?? pipeline.name}: ${own}` : own;
        rows.push({ pipeline: pipeline.name, label, stage });
        labels.push({
          label,
          ...(stage.value === undefined ? {} : { value: stage.value }),
          ...(stage.color === undefined ? {} : { color: stage.color }),
        });
      }
    }
    this.options = optionSet(labels);
    this.pipelines = optionSet(spec.list.map((pipeline) => ({ label: pipeline.label ?? pipeline.name })));
    this.all = rows.flatMap(({ pipeline, label, stage }) => {
      const option = this.options.find(label);
      if (option === null) return [];
      return [
        { pipeline, name: stage.name, option, probability: stage.probability ?? null, outcome: stage.outcome ?? null },
      ];
    });
    for (const stage of this.all) {
      this.#byNames.set(names(stage.pipeline, stage.name), stage);
      const folded = foldKey(stage.name);
      const other = this.#byStage.get(folded);
      this.#byStage.set(folded, other === undefined || other?.option === stage.option ? stage : null);
    }
    this.#labels = new Map(spec.list.map((pipeline) => [foldKey(pipeline.name), pipeline.label ?? pipeline.name]));
  }

  readonly #labels: ReadonlyMap<string, string>;

  /** Without a pipeline only a name that one pipeline has is found. */
  find(pipeline: string | null, stage: string): Stage | null {
    if (pipeline !== null && pipeline.trim() !== '') return this.#byNames.get(names(pipeline, stage)) ?? null;
    return this.#byStage.get(foldKey(stage)) ?? null;
  }

  findPipeline(pipeline: string): Option | null {
    const label = this.#labels.get(foldKey(pipeline));
    return label === undefined ? null : this.pipelines.find(label);
  }
}

function names(pipeline: string, stage: string): string {
  return JSON.stringify([foldKey(pipeline), foldKey(stage)]);
}

function equalNames(spec: PipelinesSpec): ReadonlySet<string> {
  const seen = new Map<string, number>();
  for (const pipeline of spec.list) {
    for (const name of new Set(pipeline.stages.map((stage) => foldKey(stage.name))))
      seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  return new Set([...seen].filter(([, count]) => count > 1).map(([name]) => name));
}
