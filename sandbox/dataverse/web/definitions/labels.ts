import { guidOf } from '../../guid.ts';
import type { Labels, OptionDefinition } from '../../model/definitions.ts';

type Shown = Record<string, unknown>;

/** A label in every language it has, and in the caller's own. */
export function labelJson(labels: Labels | undefined, userLanguage: number, name: string): Shown {
  const localized = Object.entries(labels ?? {}).map(([language, label]) => ({
    Label: label,
    LanguageCode: Number(language),
    IsManaged: true,
    MetadataId: guidOf(`label/${name}/${language}`),
    HasChanged: null,
  }));
  return {
    LocalizedLabels: localized,
    UserLocalizedLabel: localized.find(({ LanguageCode }) => LanguageCode === userLanguage) ?? localized[0] ?? null,
  };
}

export function managed(value: unknown, name: string): Shown {
  return { Value: value, CanBeChanged: true, ManagedPropertyLogicalName: name };
}

export function optionJson(option: OptionDefinition, userLanguage: number, name: string): Shown {
  return {
    Value: option.value,
    Label: labelJson(option.labels, userLanguage, `${name}/${option.value}`),
    Description: { LocalizedLabels: [], UserLocalizedLabel: null },
    Color: null,
    IsManaged: true,
    ExternalValue: '',
    ParentValues: [],
    Tag: null,
    IsHidden: false,
    MetadataId: null,
    HasChanged: null,
  };
}

export interface OptionSetSpec {
  readonly name: string;
  readonly global: boolean;
  readonly type: 'Picklist' | 'State' | 'Status' | 'Boolean';
  readonly labels: Labels;
  readonly contents: Shown;
}

export function optionSetJson(spec: OptionSetSpec, userLanguage: number): Shown {
  return {
    Name: spec.name,
    IsCustomOptionSet: spec.global,
    IsGlobal: spec.global,
    IsManaged: false,
    OptionSetType: spec.type,
    ExternalTypeName: null,
    ParentOptionSetName: null,
    IntroducedVersion: null,
    MetadataId: guidOf(`optionset/${spec.name}`),
    HasChanged: null,
    DisplayName: labelJson(spec.labels, userLanguage, `optionset/${spec.name}`),
    Description: { LocalizedLabels: [], UserLocalizedLabel: null },
    IsCustomizable: managed(true, 'iscustomizable'),
    ...spec.contents,
  };
}
