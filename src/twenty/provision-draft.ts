import type { ErrorCode } from '../core/error-codes.ts';
import type { DesiredField, DesiredObject, DesiredOption, DesiredView } from './desired.ts';
import type { Workspace } from './model.ts';
import { type Risk, riskOf } from './provision-risk.ts';

/** One thing that will be done to the workspace, or is to be done by hand. */
export type ProvisionChange = {
  /** The mapping's reason. */
  readonly why: string;
  readonly risk: Risk;
} & (
  | { readonly kind: 'create-object'; readonly object: DesiredObject }
  | { readonly kind: 'create-field'; readonly field: DesiredField }
  | {
      readonly kind: 'add-options';
      readonly object: string;
      readonly field: string;
      readonly options: readonly DesiredOption[];
    }
);

/** Something that provisioning can't or must not do; a person decides. */
export interface ProvisionConflict {
  readonly code: Extract<ErrorCode, 'TWENTY_PROVISION_CONFLICT' | 'TWENTY_SYNC_FIELDS_FOREIGN'>;
  readonly object: string;
  readonly field: string | null;
  readonly message: string;
  readonly hint: string;
}

export interface ProvisionPlan {
  readonly deployment: string;
  /** In the order in which they can be done: objects, fields, relations, options. */
  readonly changes: readonly ProvisionChange[];
  /** A plan with conflicts is not applied at all. */
  readonly conflicts: readonly ProvisionConflict[];
  /** Saved views, which a person makes in Twenty: neither made nor looked for by provisioning. */
  readonly views: readonly DesiredView[];
  /** Worth a look, and no obstacle. */
  readonly warnings: readonly string[];
  /** What is wanted and there already: objects, fields and options. */
  readonly present: number;
  /** Hash of the workspace's model that it was made for. */
  readonly model: string;
}

export interface PlanOptions {
  /** Takes over sync fields whose description names no deployment, such as fields made by hand. Never another's. */
  readonly adoptUnmarked?: boolean;
}

/** A plan in the making. */
export class Draft {
  readonly workspace: Workspace;
  readonly objects = new Map<string, DesiredObject>();
  readonly fields: DesiredField[] = [];
  readonly options: Extract<ProvisionChange, { kind: 'add-options' }>[] = [];
  readonly warnings: string[] = [];
  readonly views: DesiredView[] = [];
  readonly #conflicts: ProvisionConflict[] = [];
  present = 0;

  constructor(workspace: Workspace) {
    this.workspace = workspace;
  }

  conflict(
    object: string,
    field: string | null,
    message: string,
    hint: string,
    code: ProvisionConflict['code'] = 'TWENTY_PROVISION_CONFLICT',
  ): void {
    this.#conflicts.push({ code, object, field, message, hint });
  }

  /** There already, or about to be made. */
  knows(object: string): boolean {
    return this.workspace.objects.has(object) || this.objects.has(object);
  }

  plan(deployment: string): ProvisionPlan {
    const plain = this.fields.filter((field) => field.relation === undefined);
    const relations = this.fields.filter((field) => field.relation !== undefined);
    return {
      deployment,
      changes: [
        ...[...this.objects.values()].map(
          (object) =>
            ({
              kind: 'create-object',
              object,
              why: object.description,
              risk: riskOf({ kind: 'create-object' }),
            }) as const,
        ),
        ...[...plain, ...relations].map(
          (field) =>
            ({
              kind: 'create-field',
              field,
              why: field.because,
              risk: riskOf({ kind: 'create-field', field, isThere: this.workspace.objects.has(field.object) }),
            }) as const,
        ),
        ...this.options,
      ],
      conflicts: this.#conflicts,
      views: this.views,
      warnings: this.warnings,
      present: this.present,
      model: this.workspace.hash,
    };
  }
}
